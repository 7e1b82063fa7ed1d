// npm's oauth2-mock-server, made to lie: what /test/lie says is done to everything that it answers from then on.
import * as crypto from 'node:crypto';
import { OAuth2Server } from 'oauth2-mock-server';
import { issuer, serve, setup } from './child.mjs';

const server = new OAuth2Server();
server.issuer.url = issuer;
const key = await server.issuer.keys.generate('RS256', { kid: 'rs-1' });

/** @type {{idToken?, header?, sign?, redirect?, userinfo?, userinfoFormat?, tokenStatus?, tokens?}} */
let lie = {};

const base64url = (value) => Buffer.from(value).toString('base64url');
const jwk = (key) => crypto.createPrivateKey({ key, format: 'jwk' });
const strangers = {
  RS256: crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};

/** Applies { set, remove } to an object. */
function change(object, { set = {}, remove = [] } = {}) {
  Object.assign(object, set);
  for (const name of remove) delete object[name];
  return object;
}

/** Ways to sign wrongly, each a function of header and payload. */
const signatures = {
  right: (header, payload) => signed(header, payload, jwk(key)),
  none: (header, payload) => `${joined({ ...header, alg: 'none' }, payload)}.`,
  HS256: (header, payload) => { // with the public key, which everyone knows, as the secret
    const text = joined({ ...header, alg: 'HS256' }, payload);
    const secret = crypto.createPublicKey(jwk(key)).export({ type: 'spki', format: 'pem' });
    return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
  },
  strangerRS256: (header, payload) => signed(header, payload, strangers.RS256),
  strangerES256: (header, payload) => signed({ ...header, alg: 'ES256' }, payload, strangers.ES256),
  tampered: (header, payload) => {
    const [, , signature] = signed(header, payload, jwk(key)).split('.');
    return `${joined(header, { ...payload, sub: 'another' })}.${signature}`;
  },
};
const joined = (header, payload) => [header, payload].map((part) => base64url(JSON.stringify(part))).join('.');
function signed(header, payload, key) {
  const text = joined(header, payload);
  return `${text}.${crypto.sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

server.service.on('beforeTokenSigning', (token, request) => {
  if ('scope' in token.payload) Object.assign(token.payload, { client_id: request.body.client_id, scope: 'Manage-VID' });
});

server.service.on('beforeResponse', (response) => {
  if (lie.tokenStatus) Object.assign(response, { statusCode: lie.tokenStatus, body: { error: 'invalid_grant' } });
  if (response.statusCode !== 200) return;
  change(response.body, lie.tokens);
  if (response.body.id_token && (lie.idToken || lie.header || lie.sign)) {
    const [header, payload] = response.body.id_token.split('.').slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url')));
    response.body.id_token = signatures[lie.sign ?? 'right'](change(header, lie.header), change(payload, lie.idToken));
  }
});

server.service.on('beforeAuthorizeRedirect', ({ url }) => {
  for (const [name, value] of Object.entries(lie.redirect?.set ?? {})) url.searchParams.set(name, value);
  for (const name of lie.redirect?.remove ?? []) url.searchParams.delete(name);
});

server.service.on('beforeUserinfo', (response) => {
  response.body = change({ ...response.body, ...setup.claims }, lie.userinfo);
});

serve((request, response) => {
  if (!lie.userinfoSign || !request.url.startsWith('/userinfo')) return server.service.requestHandler(request, response);
  const claims = change({ sub: 'johndoe', ...setup.claims }, lie.userinfo);
  const token = signatures[lie.userinfoSign]({ alg: 'RS256', typ: 'JWT', kid: 'rs-1' }, claims);
  return response.setHeader('content-type', 'application/jwt').end(token);
}, {
  lie: (what) => { lie = what; },
  rotate: async () => {
    const { kid } = await server.issuer.keys.generate('RS256', { kid: 'rs-2' });
    while (server.issuer.keys.get().kid !== kid); // its keys take turns
    server.issuer.keys.get('rs-1');
  },
  issuer: (url) => { server.issuer.url = url; },
});
