import { Component, type ReactNode } from "react";
import { copyText } from "../share/clipboard.ts";
import { text } from "../text/text.ts";
import { MessagePage, ReloadButton } from "./message-page.tsx";

interface CrashBoundaryProps {
  readonly children: ReactNode;
  /** Whether nothing is lost by a reload; asked when something has crashed. */
  readonly isWorkKept: () => boolean;
}

/** Stands in for a part of the page that failed to render. */
export class CrashBoundary extends Component<CrashBoundaryProps, { failure: unknown }> {
  override state = { failure: null as unknown };

  static getDerivedStateFromError(failure: unknown): { failure: unknown } {
    return { failure: failure ?? new Error(text.common.somethingElse) };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return <CrashPage error={failure} isWorkKept={this.props.isWorkKept()} />;
  }
}

export function CrashPage(props: { error: unknown; isWorkKept: boolean }) {
  const words = text.pages.crash;
  const details = describe(props.error);
  return (
    <MessagePage
      title={words.title}
      text={props.isWorkKept ? words.kept : words.notKept}
      action={<ReloadButton />}
    >
      <details className="bw-details">
        <summary>{words.details}</summary>
        <pre>{details}</pre>
        <button type="button" className="bw-button" onClick={() => void copyText(details)}>
          {words.copyDetails}
        </button>
      </details>
    </MessagePage>
  );
}

/** For a report. Never the address: the token of the board is in it. */
function describe(error: unknown): string {
  const lines = [new Date().toISOString(), navigator.userAgent];
  for (let cause: unknown = error; cause !== undefined && lines.length < 8;) {
    if (!(cause instanceof Error)) {
      lines.push(typeof cause === "string" ? cause : typeof cause);
      break;
    }
    lines.push(cause.stack ?? cause.message);
    cause = cause.cause;
  }
  return lines.join("\n");
}
