// The OpenID Provider of npm's oidc-provider, in which everyone who comes is signed in as one resident at once.
URL.parse ??= (address, base) => { // which it uses and Node.js 20 lacks
  try { return new URL(address, base); } catch { return null; }
};
const { generateKeyPairSync } = await import('node:crypto');
const { default: Provider } = await import('oidc-provider');
const { issuer, serve, setup } = await import('./child.mjs');

const counts = { authorization_code: 0, refresh_token: 0, pushed: 0, backchannel: 0 };
const algorithms = ['RS256', 'PS256', 'ES256'];
let refreshing = true;

function signingKeys(generation) {
  return algorithms.map((alg) => {
    const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
    return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-${generation}` };
  });
}

const findAccount = (ctx, id) => refreshing || ctx?.oidc.params?.grant_type !== 'refresh_token'
  ? { accountId: id, claims: () => ({ sub: id, ...setup.claims }) } : undefined;

function configuration(generation) {
  return {
    clients: [setup.client],
    jwks: { keys: signingKeys(generation) },
    cookies: { keys: ['of a test'] },
    claims: { openid: ['sub'], profile: ['name'], resident: ['individual_id'] },
    scopes: ['openid', 'offline_access', ...setup.scopes],
    pkce: { required: () => true },
    findAccount,
    issueRefreshToken: async () => setup.refresh,
    rotateRefreshToken: true,
    clientBasedCORS: () => false,
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // whose dispatcher refuses loopback, where we are
    renderError: (ctx, out) => { ctx.type = 'text'; ctx.body = out.error; },
    ttl: { AccessToken: setup.accessTokenLife, IdToken: 3600, RefreshToken: 3600, AuthorizationCode: 60,
      Grant: 3600, Session: 3600, Interaction: 600 },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    enabledJWA: Object.fromEntries(['idTokenSigningAlgValues', 'userinfoSigningAlgValues', 'clientAuthSigningAlgValues']
      .map((name) => [name, algorithms])),
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      jwtUserinfo: { enabled: true },
      encryption: { enabled: true },
      backchannelLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: setup.push },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = `${form}<button name="logout" value="yes">`; } },
    },
  };
}

let provider;
function start(generation) {
  provider = new Provider(issuer, configuration(generation));
  provider.on('grant.success', (ctx) => { counts[ctx.oidc.params.grant_type] += 1; });
  provider.on('pushed_authorization_request.success', () => { counts.pushed += 1; });
  provider.on('backchannel.success', () => { counts.backchannel += 1; });
  for (const event of ['grant.error', 'server_error', 'authorization.error', 'backchannel.error', 'userinfo.error']) {
    provider.on(event, (_, error) => console.error(event, error.message, error.error_detail ?? '', error.cause ?? ''));
  }
}
start(1);

/** Signs in and consents, both without asking. */
async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: setup.subject, acr: params.acr_values } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addOIDCClaims(['name', 'individual_id', 'email', 'phone_number', 'picture']);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

serve((request, response) => (request.url.startsWith('/interaction/')
  ? interact(request, response).catch((error) => response.writeHead(500).end(error.stack))
  : provider.callback()(request, response)), {
  counts: () => counts,
  rotate: () => start(2),
  refuseRefresh: () => { refreshing = false; },
});
