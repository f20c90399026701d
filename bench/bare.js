// The yardstick: the same job by plain `fetch` with the fewest requests, one after another. It checks nothing, retries nothing and
// explains nothing. Plain JavaScript, so that no time goes into stripping types.
const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer, BENCH_JOB: job } = process.env;
const input = (name) => process.env[`INPUT_${name.toUpperCase()}`];
const keysets = 'https://graph.microsoft.com/beta/trustFramework/keySets';
const keyset = `${keysets}/B2C_1A_${input('keyset-id')}`;

async function call(address, options) {
  const response = await fetch(address, options);
  if (!response.ok && response.status !== 404) throw new Error(`${address}: HTTP ${response.status}`);
  return response.json();
}

const { value: assertion } = await call(`${url}&audience=${encodeURIComponent('api://AzureADTokenExchange')}`, {
  headers: { authorization: `Bearer ${bearer}` },
});
const { access_token: token } = await call(
  `https://login.microsoftonline.com/${input('tenant-id')}/oauth2/v2.0/token`,
  {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: input('client-id'),
      scope: 'https://graph.microsoft.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  },
);
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

if (job === 'check') {
  for (const { id } of (await call(keysets, { headers })).value)
    console.log(id, (await call(`${keysets}/${id}/getActiveKey`, { headers })).kid);
} else {
  const { keys } = await call(keyset, { headers });
  if (job !== 'present') {
    const pem = input('certificate').replace(/-----[^-]+-----|\s/g, '');
    const [action, body] =
      job === 'pfx'
        ? ['uploadPkcs12', { key: pem, password: input('certificate-password') }]
        : ['uploadCertificate', { key: pem }];
    const { kid } = await call(`${keyset}/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const active = await call(`${keyset}/getActiveKey`, { headers });
    console.log(kid, active.kid === kid);
  } else {
    console.log(keys[0].kid);
  }
}
