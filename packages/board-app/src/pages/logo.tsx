/** The mark beside the name; says nothing by itself. */
export function Logo() {
  return (
    <svg className="bw-logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--bw-accent)" />
      <path
        d="M7 21c3.5-9 6.5-9 8-4s4 5 10-6"
        fill="none"
        stroke="var(--bw-on-accent)"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
