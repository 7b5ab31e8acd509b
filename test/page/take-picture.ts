import { readFileSync, writeFileSync } from 'node:fs';
import { Chromium } from './chromium';

/** Pixels: verdict, curve and steps of a drill. */
const [WIDTH, HEIGHT] = [1180, 1500];

/** `npm run docs:picture -- REPORT.html PICTURE.png`: the top of a report as the README shows it. */
async function main([report, picture]: readonly string[]): Promise<void> {
  if (report === undefined || picture === undefined) throw new Error('give a report and a picture to write');
  const chromium = await Chromium.start();
  try {
    await chromium.open(readFileSync(report, 'utf8'), { width: WIDTH, height: HEIGHT, scheme: 'light' });
    writeFileSync(picture, await chromium.picture(HEIGHT));
  } finally {
    await chromium.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
