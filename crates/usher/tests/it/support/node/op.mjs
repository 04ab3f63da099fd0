// The OpenID provider of the tests: two issuers, each with keys of its own, on free ports of the loopback address.
//
// Programs register themselves at `/reg` of an issuer (OpenID Connect Dynamic Client Registration 1.0) and are told when somebody signs
// out. Prints one line of JSON when it is ready: {"a": ISSUER, "b": ISSUER, "control": URL}. Of itself it knows nobody and everybody:
// who signs in as SUB with any password is SUB. At the control address
//   PUT  /claims/{sub}    JSON: what tokens of that person say beside sub (both issuers)
//   POST /rotate/{a|b}    new signing keys; the old ones are gone
//   POST /down/{a|b}, /up/{a|b}    the issuer answers nothing but 503, and again as before
// It ends when its standard input does.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const claims = new Map();

async function signingKeys() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: crypto.randomUUID() }] };
}

/** A provider with fresh keys. */
async function provider(issuer) {
  const made = new Provider(issuer, {
    jwks: await signingKeys(),
    cookies: { keys: ['only for tests'] },
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        redirect_uris: ['http://127.0.0.1:1/cb'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    // What is told of a sign-out goes to this machine, which a provider elsewhere would not let.
    fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
    claims: { email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name', 'preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...claims.get(id) }) }),
    extraTokenClaims: (_, token) => claims.get(token.accountId),
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Who registered itself gets a token for the userinfo endpoint.
        defaultResource: (_, client) => (client.clientId === 'app' ? 'urn:usher:default' : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'agm',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  made.on('backchannel.error', (_, error) => console.error('nobody was told of a sign-out:', error.message, error.cause ?? ''));
  return made;
}

/** An HTTP server on a free port, and its address. */
async function listen(handler) {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${server.address().port}`;
}

/** An issuer whose provider can be exchanged. */
async function issuer() {
  const it = { down: false };
  it.url = await listen((request, response) => (it.down ? response.writeHead(503).end() : it.handle(request, response)));
  it.rotate = async () => {
    it.handle = (await provider(it.url)).callback();
  };
  await it.rotate();
  return it;
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

console.warn = () => {}; // It warns of everything that is for tests only.
const issuers = { a: await issuer(), b: await issuer() };
const control = await listen(async (request, response) => {
  const [, what, whom] = request.url.split('/');
  try {
    if (request.method === 'PUT' && what === 'claims') claims.set(decodeURIComponent(whom), JSON.parse(await body(request)));
    else if (request.method === 'POST' && what === 'rotate') await issuers[whom].rotate();
    else if (request.method === 'POST' && what === 'down') issuers[whom].down = true;
    else if (request.method === 'POST' && what === 'up') issuers[whom].down = false;
    else throw new Error(`there is no ${request.method} ${request.url}`);
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});
process.stdin.resume().on('end', () => process.exit());
console.log(JSON.stringify({ a: issuers.a.url, b: issuers.b.url, control }));
