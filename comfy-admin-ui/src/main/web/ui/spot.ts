import { useLayoutEffect, useReducer } from "preact/hooks";

/** A place on the page whose content is changed from outside of it: by a function that anybody may call. */
export class Spot {
  private bump: () => void = () => {};

  /** Draws the place again, if it is on the page. */
  redraw(): void {
    this.bump();
  }

  /** To be called by the component that is the place. */
  use(): void {
    const [, redraw] = useReducer((n: number) => n + 1, 0);
    useLayoutEffect(() => {
      this.bump = () => redraw(0);
      return () => {
        this.bump = () => {};
      };
    }, []);
  }
}
