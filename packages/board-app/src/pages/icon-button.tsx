import { Icon, type IconName } from "./icon.tsx";

/** A button that shows a drawing; the label is read out, and shown where the pointer rests. */
export function IconButton(props: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="bw-icon-button"
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
