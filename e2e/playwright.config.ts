import { defineConfig, devices } from '@playwright/test';

process.env.TEST_LANG ??= Math.random() < 0.5 ? 'ka' : 'en'; // the workers inherit it

const launchOptions = {
  executablePath: process.env.CHROMIUM,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
};

// Each worker starts a shop and a bank of its own (tests/world.ts), so tests
// share no stock and no port; what a test orders it puts into its own cart.
export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 60_000, // for what hangs; on a busy machine a long story takes half of it
  expect: { timeout: 10_000 },
  reporter: [['list']],
  // TRACE=1 records what happened, of which a failed test keeps its part; recording takes as long again.
  use: { launchOptions, timezoneId: 'Asia/Tbilisi', trace: process.env.TRACE ? 'retain-on-failure' : 'off' },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 }, launchOptions } },
    {
      name: 'phone',
      testMatch: /(buy|pages)\.spec\.ts/,
      use: { ...devices['Pixel 7'], viewport: { width: 390, height: 844 }, launchOptions },
    },
  ],
});
