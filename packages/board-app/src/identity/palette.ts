/**
 * Colours for people. Each has at least 4.5:1 against the white text of a name label, and 3:1
 * against both the light and the dark canvas; the test holds that.
 */
export const palette = [
  { name: "red", value: "#d22b25" },
  { name: "orange", value: "#b4510f" },
  { name: "amber", value: "#976308" },
  { name: "olive", value: "#6f7214" },
  { name: "green", value: "#2a7e2a" },
  { name: "emerald", value: "#127d50" },
  { name: "teal", value: "#0e7a7a" },
  { name: "cyan", value: "#0d769d" },
  { name: "blue", value: "#186adb" },
  { name: "indigo", value: "#615ddd" },
  { name: "violet", value: "#8b4dd3" },
  { name: "pink", value: "#cb2779" },
] as const;

export function isPaletteColor(value: string): boolean {
  return palette.some((color) => color.value === value);
}
