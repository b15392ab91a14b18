import { useEffect, useRef, useState } from "react";
import { Icon } from "../pages/icon.tsx";
import { text } from "../text/text.ts";
import { copyText } from "./clipboard.ts";
import { QrCode } from "./qr-code.tsx";

/** How long the button says that it has copied. */
const confirmationMs = 2_500;

type Copying = "idle" | "copied" | "failed";

/** A link to copy or to scan, and what it allows. */
export function LinkField(props: { link: string; name: string; allows: string }) {
  const [copying, setCopying] = useState<Copying>("idle");
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (copying !== "copied") return undefined;
    const timer = setTimeout(() => setCopying("idle"), confirmationMs);
    return () => clearTimeout(timer);
  }, [copying]);

  const copy = async (): Promise<void> => {
    const isCopied = await copyText(props.link);
    setCopying(isCopied ? "copied" : "failed");
    if (!isCopied) {
      field.current?.focus();
      field.current?.select();
    }
  };

  const words = text.share;
  return (
    <div className="bw-link-field">
      <p>{props.allows}</p>
      <div className="bw-link-row">
        <input
          ref={field}
          className="bw-input"
          readOnly
          aria-label={props.name}
          value={props.link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          className="bw-button bw-button-primary bw-copy"
          onClick={() => void copy()}
        >
          <Icon name={copying === "copied" ? "check" : "copy"} />
          {copying === "copied" ? words.copied : words.copy}
        </button>
      </div>
      <output className="bw-field-status" data-failed={copying === "failed"}>
        {copying === "failed" && words.copyFailed}
        {copying === "copied" && (
          <span className="bw-visually-hidden">{`${props.name}: ${words.copied}`}</span>
        )}
      </output>
      <QrCode content={props.link} label={words.qr(props.name)} />
    </div>
  );
}
