import { useEffect, useRef, useState } from "preact/hooks";

/** A field that filters while one types; the URL follows after a short rest. */
export function Search(props: { value: string; label: string; change: (value: string) => void }) {
  const { value, change } = props;
  const [text, setText] = useState(value);
  // What comes back is what was handed on, perhaps some letters ago: only another value is news.
  const handedOn = useRef(value);
  useEffect(() => {
    if (value !== handedOn.current) setText(value);
    handedOn.current = value;
  }, [value]);
  // Each drawing brings another function: it must not put the rest off again, or a list that lives would never follow.
  const newest = useRef(change);
  newest.current = change;
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => {
      handedOn.current = text;
      newest.current(text);
    }, 120);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <input
      type="search"
      class="search"
      aria-label={props.label}
      placeholder="Filter"
      title={`${props.label} (/)`}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape" && text) {
          event.stopPropagation();
          setText("");
        }
      }}
    />
  );
}

/** One of a few, all visible. A third part is a count, shown when it is not zero. */
export function Choice(props: {
  name: string;
  label: string;
  value: string;
  options: [value: string, name: string, count?: number][];
  change: (value: string) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      {props.options.map(([value, name, count]) => (
        <label key={value}>
          <input type="radio" name={props.name} checked={props.value === value} onChange={() => props.change(value)} />
          <span>
            {name}
            {count ? <span class="n"> {count.toLocaleString("en")}</span> : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** One of many, or all of them. */
export function PickOne(props: {
  label: string;
  value: string;
  options: Iterable<string>;
  change: (value: string) => void;
}) {
  return (
    <label class="pick-one">
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.change(event.currentTarget.value)}>
        <option value="">All</option>
        {[...props.options].map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}
