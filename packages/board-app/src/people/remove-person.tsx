import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { Question } from "../board/question.tsx";
import { text } from "../text/text.ts";

/** Puts someone out, after asking: it takes their link from everyone who is not here now. */
export function RemovePerson(props: { name: string; remove: () => Promise<void> }) {
  const [isAsking, setIsAsking] = useState(false);
  const words = text.people;
  const label = words.removePerson(props.name);
  if (!isAsking) {
    return (
      <button
        type="button"
        className="bw-link bw-link-danger bw-remove"
        aria-label={label}
        onClick={() => setIsAsking(true)}
      >
        {words.remove}
      </button>
    );
  }
  return (
    <Question
      label={label}
      yes={words.remove}
      yesBusy={words.remove}
      isDangerous
      // On success this goes with the person.
      onYes={props.remove}
      onCancel={() => setIsAsking(false)}
      errorText={apiErrorText}
    >
      {words.removeQuestion(props.name)}
    </Question>
  );
}
