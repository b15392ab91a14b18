import { useEffect, useRef, type ReactNode } from "react";
import { text } from "../text/text.ts";
import { useAttempt } from "./use-attempt.ts";

/** Asks before something is done that others notice. Who shows it takes it away when it is done. */
export function Question(props: {
  label: string;
  className?: string;
  /** What will happen. */
  children: ReactNode;
  yes: string;
  yesBusy: string;
  isDangerous: boolean;
  isReady?: boolean;
  /** Why it cannot be answered, in words. */
  obstacle?: string | null;
  onYes: () => Promise<void>;
  onCancel: () => void;
  errorText: (error: unknown) => string;
}) {
  const { isReady = true } = props;
  const { isBusy, failure, attempt } = useAttempt(props.errorText);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  return (
    <fieldset className={`bw-question ${props.className ?? ""}`} aria-label={props.label}>
      <p>{props.children}</p>
      <div className="bw-link-actions">
        <button
          type="button"
          className={`bw-button ${props.isDangerous ? "bw-button-danger" : "bw-button-primary"}`}
          disabled={!isReady}
          aria-disabled={isBusy}
          onClick={() => void attempt(props.onYes)}
        >
          {isBusy ? props.yesBusy : props.yes}
        </button>
        <button ref={cancel} type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
      </div>
      <span className="bw-error" role="alert">
        {failure ?? props.obstacle ?? ""}
      </span>
    </fieldset>
  );
}
