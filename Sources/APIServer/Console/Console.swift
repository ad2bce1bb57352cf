import APIModel
import Domain
import Hummingbird
import Ingestion
import Primitives
import Telemetry

/// What the screens work with.
struct Console: Sendable {
    let sessions: ConsoleSessions
    let authenticator: any Authenticator
    let search: MeasuredSearch
    let documentations: any DocumentationStore
    let jobs: any JobStore
    let sources: any SourceStore
    let ingestion: IngestionService
    let health: ServiceHealth
    let build: BuildInfo

    var reader: DocumentationReader { DocumentationReader(store: documentations) }

    var routes: [Route] {
        [ConsoleAssets.route] + SignInScreen(console: self).routes + OverviewScreen(console: self).routes
            + DocumentationScreen(console: self).routes + SearchScreen(console: self).routes + JobsScreen(console: self).routes
            + StopScreen(console: self).routes + SourcesScreen(console: self).routes + HealthScreen(console: self).routes
    }

    /// A screen for those who hold `scope`.
    func screen(
        _ template: String, _ scope: Principal.Scope = .read,
        _ show: @escaping @Sendable (Call, ConsoleVisitor) async throws -> ConsolePage
    ) -> Route {
        Route.page(.get, template, .scope(scope)) { call in try await show(call, visitor(call)).response() }
    }

    /// What happens when a form is sent; ends with a page, or with a way to one.
    func action(
        _ template: String, _ scope: Principal.Scope,
        _ act: @escaping @Sendable (Call, ConsoleForm, ConsoleVisitor) async throws -> Response
    ) -> Route {
        Route.page(.post, template, .scope(scope)) { call in
            try ConsoleForm.checkOrigin(call.head)
            let visitor = try await visitor(call)
            let form = try ConsoleForm(call)
            try form.checkToken(visitor.formToken)
            return try await act(call, form, visitor)
        }
    }

    private func visitor(_ call: Call) async throws -> ConsoleVisitor {
        let session = try await sessions.session(call.head)
        let formToken = if let session { session.formToken } else { try await sessions.openFormToken() }
        return ConsoleVisitor(principal: call.principal, formToken: formToken, isSignedIn: session != nil)
    }

    /// The way to another page after a form.
    static func found(_ path: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.location] = path
        headers[.cacheControl] = "no-store"
        return Response(status: .seeOther, headers: headers)
    }
}

extension Console: PageGuard {
    func token(_ head: HTTPRequest) async throws -> Redacted<String>? { try await sessions.session(head)?.token }

    func page(_ problem: Problem, _ head: HTTPRequest) async -> Response {
        if problem.status == 401 { return SignInScreen(console: self).page(next: head.path, problem: nil).response(status: 401) }
        let hint = problem.recoverySuggestion.map { hint -> HTML in "<p>\(hint)</p>" }
        // Whoever may not see a page may have another token, or want to leave.
        let door: HTML = "<a class=\"button quiet\" href=\"/console/signin\">Sign in with another token, or out</a>"
        let content: HTML = """
            <div class="card narrow">
            <h1>\(problem.title)</h1>
            <p>\(problem.message)</p>
            \(hint)
            <p class="hint">\(problem.errorCode) · request \(problem.requestID ?? "-")</p>
            <div class="actions"><a class="button" href="/">To the documentations</a>\(door, if: problem.status == 403)</div>
            </div>
            """
        return ConsolePage(title: problem.title, content: content).response(status: problem.status)
    }
}

/// Who stands in for the bearer token and the problem document where a browser asks for a page.
protocol PageGuard: Sendable {
    /// The token of a signed-in browser; nil without one.
    func token(_ head: HTTPRequest) async throws -> Redacted<String>?
    /// The page that tells a person about `problem`.
    func page(_ problem: Problem, _ head: HTTPRequest) async -> Response
}
