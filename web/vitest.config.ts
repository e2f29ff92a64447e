// The logic is tested without a browser; flows through the real pages are tested from e2e/.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
