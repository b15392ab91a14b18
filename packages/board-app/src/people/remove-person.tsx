import { useEffect, useRef, useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { text } from "../text/text.ts";

type Removing =
  | { readonly kind: "idle" | "asking" | "busy" }
  | { readonly kind: "failed"; readonly message: string };

/** Puts someone out, after asking: it takes their link from everyone who is not here now. */
export function RemovePerson(props: { name: string; remove: () => Promise<void> }) {
  const [removing, setRemoving] = useState<Removing>({ kind: "idle" });
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (removing.kind === "asking") cancel.current?.focus();
  }, [removing.kind]);

  const remove = async (): Promise<void> => {
    setRemoving({ kind: "busy" });
    try {
      // On success this goes with the person.
      await props.remove();
    } catch (error) {
      setRemoving({ kind: "failed", message: apiErrorText(error) });
    }
  };
  const words = text.people;
  if (removing.kind === "idle") {
    return (
      <button
        type="button"
        className="bw-link bw-link-danger bw-remove"
        aria-label={words.removePerson(props.name)}
        onClick={() => setRemoving({ kind: "asking" })}
      >
        {words.remove}
      </button>
    );
  }
  return (
    <fieldset className="bw-question" aria-label={words.removePerson(props.name)}>
      <p>{words.removeQuestion(props.name)}</p>
      <div className="bw-link-actions">
        <button
          type="button"
          className="bw-button bw-button-danger"
          aria-disabled={removing.kind === "busy"}
          onClick={() => void remove()}
        >
          {words.remove}
        </button>
        <button
          ref={cancel}
          type="button"
          className="bw-button"
          onClick={() => setRemoving({ kind: "idle" })}
        >
          {text.common.cancel}
        </button>
      </div>
      <span className="bw-error" role="alert">
        {removing.kind === "failed" ? removing.message : ""}
      </span>
    </fieldset>
  );
}
