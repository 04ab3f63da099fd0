// A browser that does what it is told: one JSON object on a line in, one on a line out. It ends when its input does.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const AXE = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const PATIENCE = 60000;
// So often the Tab key is pressed to come to something.
const TABS = 300;

const browser = await chromium.launch({
  executablePath: process.env.USHER_TEST_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const tabs = [];

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const named = (name) => new RegExp(`^\\s*${escaped(name)}\\s*$`);

// What is pressed: a button, a link, or what opens more.
function pressed(page, name) {
  const of = (role) => page.getByRole(role, { name: named(name) });
  return of('button').or(of('link')).or(page.locator('summary').filter({ hasText: named(name) })).first();
}

// Goes there as those do who have no pointer.
async function reach(page, what) {
  await what.waitFor({ state: 'visible', timeout: PATIENCE });
  const there = () => what.evaluate((one) => one === document.activeElement);
  for (let tabbed = 0; tabbed < TABS; tabbed += 1) {
    if (await there()) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not lead to ${what}`);
}

// Waits for the page that an act leads to.
async function leads(page, act) {
  const there = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame(), timeout: PATIENCE });
  await Promise.all([there, act()]);
  await page.waitForLoadState('load');
}

// A day as it is typed into a field for one: in the order in which the browser asks for its parts.
async function typeDay(page, what, day) {
  const [year, month, date] = day.split('-');
  for (const keys of [month + date + year, date + month + year]) {
    await page.keyboard.type(keys);
    if (await what.inputValue() === day) return;
    for (let parts = 0; parts < 3; parts += 1) await page.keyboard.press('ArrowLeft');
  }
  throw new Error(`${day} is not taken, there is ${await what.inputValue()}`);
}

const does = {
  async open({ script, width, height, scheme, language, keyboard }) {
    const context = await browser.newContext({
      javaScriptEnabled: script, viewport: { width, height }, colorScheme: scheme, locale: language, reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    tabs.push({ context, page, keyboard });
    return tabs.length - 1;
  },
  async go({ page }, { url }) {
    const answer = await page.goto(url);
    return answer.status();
  },
  async at({ page }) { return page.url(); },
  async text({ page }) { return page.locator('body').innerText(); },
  async title({ page }) { return page.title(); },
  async press({ page, keyboard }, { name }) {
    const what = pressed(page, name);
    await what.waitFor({ state: 'visible', timeout: PATIENCE });
    if (keyboard) await reach(page, what);
    const press = () => (keyboard ? page.keyboard.press('Enter') : what.click());
    // What opens more stays on the page; all else leads on.
    if (await what.evaluate((one) => one.tagName === 'SUMMARY')) await press();
    else await leads(page, press);
    return null;
  },
  async type({ page, keyboard }, { label, text }) {
    const what = page.getByLabel(label, { exact: true }).first();
    if (!keyboard) { await what.fill(text); return null; }
    await reach(page, what);
    if (await what.getAttribute('type') === 'date') {
      await typeDay(page, what, text);
    } else {
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    }
    return null;
  },
  async tick({ page, keyboard }, { label }) {
    const what = page.getByLabel(new RegExp(`^\\s*${escaped(label)}`)).first();
    if (!keyboard) { await what.check(); return null; }
    await reach(page, what);
    await page.keyboard.press('Space');
    if (!await what.isChecked()) throw new Error(`${label} is not ticked`);
    return null;
  },
  // At the pages of the provider, which are not ours.
  async sign({ page }, { name }) {
    await page.locator('[name="login"]').fill(name);
    await page.locator('[name="password"]').fill('any');
    await leads(page, () => page.locator('[type="submit"]').click());
    const on = page.getByRole('button', { name: 'Continue' });
    if (await on.count()) await leads(page, () => on.click());
    return null;
  },
  // Violations of WCAG 2.2 AA and of what axe holds to be good; in dark what depends on colours.
  async check({ page }, { scheme }) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(AXE);
    const colours = scheme === 'dark' ? { runOnly: ['color-contrast', 'link-in-text-block'] } : {};
    const found = await page.evaluate((colours) => window.axe.run(document, { resultTypes: ['violations'], ...colours }), colours);
    return found.violations.map((one) => `${one.id}: ${one.help} (${one.nodes.map((node) => node.html).slice(0, 3).join(' | ')})`);
  },
  // What is cut off, or makes the page wider than the window.
  async fits({ page }, { width, scale }) {
    const size = page.viewportSize();
    await page.setViewportSize({ width, height: size.height });
    const lost = await page.evaluate((scale) => {
      document.documentElement.style.fontSize = `${scale}%`;
      const root = document.documentElement;
      const lost = [];
      if (root.scrollWidth > root.clientWidth) lost.push(`${root.scrollWidth} wide in ${root.clientWidth}`);
      for (const one of document.querySelectorAll('main *, header *, footer *')) {
        const style = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        const hides = style.overflow === 'hidden' && !one.classList.contains('hidden') && one.scrollWidth > one.clientWidth + 1;
        const beyond = box.right > root.clientWidth + 1 && box.width > 0 && !one.closest('.scroll, pre, .hidden');
        if (hides || beyond) lost.push(one.outerHTML.slice(0, 120));
      }
      document.documentElement.style.fontSize = '';
      return lost;
    }, scale);
    await page.setViewportSize(size);
    return lost;
  },
  async shot({ page }, { path, width, height, scheme }) {
    const size = page.viewportSize();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path, fullPage: true });
    await page.setViewportSize(size);
    return null;
  },
};

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    const value = asked.do === 'open' ? await does.open(asked) : await does[asked.do](tabs[asked.tab], asked);
    console.log(JSON.stringify({ value: value ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
await browser.close();
