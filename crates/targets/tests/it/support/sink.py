# A mail server for tests: sink.py CERT KEY MODE. Prints its port, then each mail it has taken as one line of JSON.
# MODE: plain (no TLS, no accounts) or account (STARTTLS, then usher / usher-secret).
# bounce@ -> 550, defer@ -> 451, hang@ never answers, die@ takes the mail and closes without saying so.
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

cert, key, mode = sys.argv[1:4]


def say(value):
    print(json.dumps(value), flush=True)


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local = address.split("@")[0]
        if local == "bounce":
            return "550 5.1.1 no such user"
        if local == "defer":
            return "451 4.3.0 try again later"
        if local == "hang":
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode("utf-8", "replace")
        say({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None, "text": text})
        if envelope.rcpt_tos[0].startswith("die@"):
            server.transport.abort()
        return "250 taken"


def account(server, session, envelope, mechanism, data):
    ok = isinstance(data, LoginPassword) and (data.login, data.password) == (b"usher", b"usher-secret")
    return AuthResult(success=ok, handled=False)


def protocol():
    if mode == "plain":
        return SMTP(Sink(), hostname="sink.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return SMTP(
        Sink(), hostname="sink.test", tls_context=context, require_starttls=True, authenticator=account, auth_required=True
    )


async def main():
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    say(server.sockets[0].getsockname()[1])
    # Ends with the test that started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
