import { expect, test } from '@jest/globals';
import { fixtureText } from '../fixtures/index.ts';
import { DAY, fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { scenario } from './scenario.ts';

test('the summary shows keys, certificate, what comes next, and every warning in full', async () => {
  const [active, next] = await Promise.all([
    makeCertificate({ from: fromNow(-9 * DAY), to: fromNow(20 * DAY + HOUR) }),
    makeCertificate({ from: fromNow(25 * DAY), to: fromNow(300 * DAY), subject: 'next.contoso.example' }),
  ]);
  await scenario({ behavior: { statusShownBy: 'keyset' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing', active.der);
    const { summary, log, outputs } = await run({ certificate: next.pem });
    const [kid = '', ours = ''] = keyset.keys.map((key) => key.kid);
    const time = (instant: Date): string => instant.toISOString().replace('.000', '');
    const row = (cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    const { validFromDate: from, validToDate: to } = active.x509;
    const { validFromDate: nextFrom, validToDate: nextTo } = next.x509;
    expect(summary).toContain('<h3>Certificate uploaded: B2C_1A_Signing</h3>');
    expect(summary).toContain(row([`<code>${kid}</code>`, time(from), time(to), 'enabled', 'active']));
    expect(summary).toContain(
      row([`<code>${ours}</code>`, time(nextFrom), time(nextTo), 'enabled', 'next, this certificate']),
    );
    expect(summary).toContain('<td><code>CN=next.contoso.example</code></td>');
    const gap =
      `Gap: B2C_1A_Signing has no valid key from ${to.toISOString()} to ${nextFrom.toISOString()}.`.replaceAll(
        '.000',
        '',
      );
    const end = `The last usable key expires at ${nextTo.toISOString()}, in 299 days.`.replace('.000', '');
    for (const place of [summary, log]) expect([place.includes(gap), place.includes(end)]).toEqual([true, true]);
    expect(summary).toContain('private-key: require to prevent this.</li>');
    expect(outputs.outcome).toBe('uploaded');
  });
});

test('summary: false writes none', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect(await run({ summary: 'false' })).toMatchObject({ result: 'success', summary: '' });
  });
});

test('a runner without job summaries is no failure', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { result, annotations, log } = await run({}, { summary: false, debug: true });
    expect(result).toBe('success');
    expect(annotations.filter(({ level }) => level !== 'warning')).toEqual([]);
    expect(log).toContain('This runner does not support job summaries.');
  });
});

test('a summary that GitHub would drop is left out, and a notice says so', async () => {
  await scenario({}, async ({ emulator, run }) => {
    // Each of them should be active by its dates, and the summary has a line for each.
    const disabled = Array.from({ length: 1200 }, (_, index) => ({
      kid: `${index}${'<'.repeat(250)}`,
      nbf: 1_700_000_000 + index,
      status: 'disabled' as const,
    }));
    emulator.seed('B2C_1A_Signing', { kid: 'old', nbf: 1_600_000_000 }, ...disabled);
    const { result, summary, log } = await run({ 'dry-run': 'true', certificate: fixtureText('forms/future.pem') });
    expect(result).toBe('success');
    expect(summary).toBe('');
    expect(log).toContain('Job summary skipped');
  });
});

test('an expired keyset says since when', async () => {
  await scenario({ behavior: { newKeys: 'disabled' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', { kid: 'old', nbf: 1_600_000_000, exp: 1_700_000_000 });
    const { log, summary } = await run({ 'enable-key': 'never' });
    for (const place of [log, summary]) {
      expect(place).toContain('Currently active: no key.');
      expect(place).toContain('The last usable key expired at 2023-11-14T22:13:20Z.');
    }
  });
});
