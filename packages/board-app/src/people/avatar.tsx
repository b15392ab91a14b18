import { initialsOf } from "./people.ts";

/** Someone's initials in their colour. The name stands beside it, or in the label of what holds it. */
export function Avatar(props: { name: string; color: string; idle?: boolean }) {
  return (
    <span
      className="bw-avatar"
      data-idle={props.idle ?? false}
      style={{ backgroundColor: props.color }}
      aria-hidden="true"
    >
      {initialsOf(props.name)}
    </span>
  );
}
