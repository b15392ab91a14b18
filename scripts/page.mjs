import { environmentWithPackages } from "./processes.mjs";
import { runStep, step } from "./steps.mjs";

/** Builds the page; turbo's cache answers where nothing it is built from has changed. */
export async function ensurePage() {
  await step("Building the page", () =>
    runStep("turbo", ["run", "build", "--output-logs=errors-only"], {
      env: environmentWithPackages(),
      advise: () => "The page could not be built; the reasons are above.",
    }),
  );
}
