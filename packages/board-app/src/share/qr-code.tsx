import { create } from "qrcode";
import { useMemo } from "react";

/** Modules of white around the code; readers need four. */
const quietModules = 4;

/** A QR code drawn as one path, dark on white in every theme, because readers expect that. */
export function QrCode(props: { content: string; label: string }) {
  const { path, size } = useMemo(() => drawQrCode(props.content), [props.content]);
  return (
    <svg
      className="bw-qr"
      role="img"
      aria-label={props.label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function drawQrCode(content: string): { path: string; size: number } {
  const { modules } = create(content, { errorCorrectionLevel: "M" });
  let path = "";
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column) === 0) continue;
      path += `M${column + quietModules} ${row + quietModules}h1v1h-1z`;
    }
  }
  return { path, size: modules.size + 2 * quietModules };
}
