import { useEffect, type ReactNode } from "react";
import { text } from "../text/text.ts";
import { Logo } from "./logo.tsx";
import "./pages.css";

/** A page that says one thing and what to do about it. */
export function MessagePage(props: {
  title: string;
  text: string;
  /** What has to be filled in to go on. */
  form?: ReactNode;
  /** What to do besides going to the start page. */
  action?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = text.documentTitle(props.title);
  }, [props.title]);
  return (
    <div className="bw-page bw-message">
      <header className="bw-page-header">
        <a href="/" className="bw-brand">
          <Logo />
          {text.product}
        </a>
      </header>
      <main>
        <h1>{props.title}</h1>
        <p>{props.text}</p>
        {props.form}
        <p className="bw-actions">
          {props.action}
          <a className="bw-button" href="/">
            {text.common.goHome}
          </a>
        </p>
        {props.children}
      </main>
    </div>
  );
}

export function ReloadButton() {
  return (
    <button
      type="button"
      className="bw-button bw-button-primary"
      onClick={() => window.location.reload()}
    >
      {text.common.reload}
    </button>
  );
}
