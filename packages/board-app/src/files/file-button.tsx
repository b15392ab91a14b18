import { useRef, type ReactNode } from "react";

/** A button that asks for a file from this device. */
export function FileButton(props: {
  children: ReactNode;
  className: string;
  disabled?: boolean;
  /** What the browser's own picker is for, to those who find it. */
  label: string;
  accept: string;
  onChoose: (file: File) => void;
}) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept={props.accept}
        className="bw-visually-hidden"
        tabIndex={-1}
        aria-label={props.label}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          // Choosing the same file again is a change, too.
          event.currentTarget.value = "";
          if (file !== undefined) props.onChoose(file);
        }}
      />
      <button
        type="button"
        className={props.className}
        disabled={props.disabled}
        onClick={() => picker.current?.click()}
      >
        {props.children}
      </button>
    </>
  );
}
