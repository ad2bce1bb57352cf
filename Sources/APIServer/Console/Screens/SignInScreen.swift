import Domain
import Hummingbird
import Primitives

/// Signing in with a token, and out.
struct SignInScreen: Sendable {
    let console: Console

    var routes: [Route] {
        [
            Route.page(.get, "/console/signin", .open) { call in
                let session = try await console.sessions.session(call.head)
                return page(next: try call.query.text("next"), problem: nil, session: session).response()
            },
            Route.page(.post, "/console/signin", .open, signIn),
            // Open: whoever may not read can still leave, and so can a key that was revoked.
            Route.page(.post, "/console/signout", .open, signOut),
        ]
    }

    @Sendable private func signIn(_ call: Call) async throws -> Response {
        try ConsoleForm.checkOrigin(call.head)
        let form = try ConsoleForm(call)
        let next = try form.text("next")
        guard let text = try form.text("token") else { return page(next: next, problem: "Enter a token.").response(status: 422) }
        let token = Redacted(text)
        guard let cookie = try await console.sessions.signIn(token) else {
            let problem = "This token is too long for a browser to keep. Sign in with a key of portolan keys create."
            return page(next: next, problem: problem).response(status: 422)
        }
        do {
            _ = try await console.authenticator.principal(token: token)
        } catch let fault as Fault where fault.category == .authentication {
            CallNote.current?.note(fault: fault)
            // The same words for every reason: which of them it is helps only those who guess.
            return page(next: next, problem: "This token is not valid here.").response(status: 401)
        }
        return Console.found(Self.local(next), headers: [.setCookie: cookie])
    }

    @Sendable private func signOut(_ call: Call) async throws -> Response {
        try ConsoleForm.checkOrigin(call.head)
        // A session that has ended already leaves nothing to prove, and nothing to end.
        if let session = try await console.sessions.session(call.head) { try ConsoleForm(call).checkToken(session.formToken) }
        return Console.found("/console/signin", headers: [.setCookie: console.sessions.signOut])
    }

    /// - Parameters:
    ///   - next: where to go afterwards; a page of this console.
    ///   - problem: why signing in did not work.
    ///   - session: what can be ended from here.
    func page(next: String?, problem: String?, session: ConsoleSessions.Session? = nil) -> ConsolePage {
        let alert = problem.map { text -> HTML in "<div class=\"notice bad\" role=\"alert\" id=\"problem\"><p>\(text)</p></div>" }
        let invalid: HTML = problem == nil ? "" : " aria-invalid=\"true\" aria-describedby=\"problem\""
        let leaving = session.map { session -> HTML in
            """
            <form class="stack" method="post" action="/console/signout">
            <input type="hidden" name="form_token" value="\(session.formToken)">
            <p class="hint">This browser is signed in. Another token takes the place of the one that it has.</p>
            <button class="quiet" type="submit">Sign out</button>
            </form>
            """
        }
        return ConsolePage(
            title: "Sign in",
            content: """
                <div class="card narrow">
                <h1>Sign in</h1>
                <p class="lead">With the token of this deployment, or a key of <code>portolan keys create</code>.</p>
                \(alert)
                <form class="stack" method="post" action="/console/signin">
                <input type="hidden" name="next" value="\(Self.local(next))">
                <div class="field">
                <label for="token">Token</label>
                <input id="token" name="token" type="password" required autocomplete="current-password" spellcheck="false" autofocus\(invalid)>
                </div>
                <button type="submit">Sign in</button>
                </form>
                \(leaving)
                </div>
                """)
    }

    /// `path` when it is one of this console, else the first page: a link from elsewhere must not lead there through us.
    private static func local(_ path: String?) -> String {
        guard let path, path == "/" || path.hasPrefix("/console/"), !path.hasPrefix("/console/sign"), path.utf8.count <= 2000,
            !path.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F || $0 == "\\" })
        else { return "/" }
        return path
    }
}
