import assert from "node:assert/strict";
import { test } from "node:test";
import { h, render } from "preact";

/** As much of a document as Preact needs to draw a list. */
class FakeNode {
  parentNode: FakeNode | null = null;
  readonly childNodes: FakeNode[] = [];
  readonly nodeType: number;
  readonly localName: string;
  readonly attributes: unknown[] = [];
  readonly style = {};
  readonly ownerDocument = fakeDocument;
  readonly namespaceURI = "http://www.w3.org/1999/xhtml";
  data: string;
  id = "";

  constructor(nodeType: number, localName: string, data = "") {
    this.nodeType = nodeType;
    this.localName = localName;
    this.data = data;
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): FakeNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  insertBefore(child: FakeNode, before: FakeNode | null): FakeNode {
    child.parentNode?.removeChild(child);
    if (before !== null && before.parentNode !== this) throw new Error("the node before is not a child");
    this.childNodes.splice(before === null ? this.childNodes.length : this.childNodes.indexOf(before), 0, child);
    child.parentNode = this;
    return child;
  }

  appendChild(child: FakeNode): FakeNode {
    return this.insertBefore(child, null);
  }

  removeChild(child: FakeNode): void {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
  }

  remove(): void {
    this.parentNode?.removeChild(this);
  }

  contains(other: FakeNode | null): boolean {
    return other === this || (other !== null && this.contains(other.parentNode));
  }

  setAttribute(): void {}
  removeAttribute(): void {}
}

const fakeDocument = {
  createTextNode: (text: string): FakeNode => new FakeNode(3, "#text", text),
  createElement: (name: string): FakeNode => new FakeNode(1, name),
  createElementNS: (_: string, name: string): FakeNode => new FakeNode(1, name),
};

test("a list that changes at once shows every row in its order", () => {
  Object.assign(globalThis, { document: fakeDocument });
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 1000; round += 1) {
    const root = new FakeNode(1, "div");
    for (let change = 0; change < 5; change += 1) {
      const pool = [..."abcdefghijklmnopqrstuvwxyz"];
      const keys = Array.from({ length: random(22) }, () => pool.splice(random(pool.length), 1)[0] as string);
      render(
        keys.map((key) => h("p", { key }, key)),
        root as unknown as Element,
      );
      const shown = root.childNodes.map((row) => row.firstChild?.data).join("");
      assert.equal(shown, keys.join(""), `round ${round}, change ${change}`);
    }
  }
});
