import { useEffect, useState } from "preact/hooks";

/** A field that filters while one types; the URL follows after a short rest. */
export function Search(props: { value: string; label: string; change: (value: string) => void }) {
  const { value, change } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change(text), 120);
    return () => clearTimeout(timer);
  }, [text, value, change]);
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
