const paths = {
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6V3.5h6.5V10H10M3.5 6H10v6.5H3.5z",
  check: "M3 8.5l3.5 3.5L13 4.5",
  back: "M9.5 3.5L5 8l4.5 4.5",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  people:
    "M5.8 7.5a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.8 13c.2-2.4 1.8-3.7 4-3.7s3.8 1.3 4 3.7M10.4 3.1a2.2 2.2 0 0 1 0 4.2M11.6 9.7c1.6.4 2.5 1.6 2.6 3.3",
  share:
    "M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.4 8.9a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
} as const;

export type IconName = keyof typeof paths;

/** A small line drawing in the colour of the text; the words beside it, or the label, say what it is. */
export function Icon(props: { name: IconName }) {
  return (
    <svg className="bw-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[props.name]} />
    </svg>
  );
}
