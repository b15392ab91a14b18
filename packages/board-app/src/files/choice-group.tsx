import { useId } from "react";

/** One of a few, as native radio buttons: arrow keys and names come with them. */
export function ChoiceGroup<Value extends string>(props: {
  legend: string;
  value: Value;
  choices: readonly { value: Value; label: string; disabled?: boolean }[];
  onChange: (value: Value) => void;
  isRow?: boolean;
}) {
  const group = useId();
  return (
    <fieldset className="bw-choices" data-row={props.isRow ?? false}>
      <legend>{props.legend}</legend>
      {props.choices.map(({ value, label, disabled }) => (
        <label key={value}>
          <input
            type="radio"
            name={group}
            value={value}
            checked={value === props.value}
            disabled={disabled}
            onChange={() => props.onChange(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
