import Domain
import HTTPTypes
import Hummingbird

/// The frame around every screen.
struct ConsolePage: Sendable {
    /// An entry of the navigation.
    enum Place: String, CaseIterable, Sendable {
        case overview = "/"
        case search = "/console/search"
        case jobs = "/console/jobs"
        case sources = "/console/sources"
        case health = "/console/health"

        var name: String {
            switch self {
            case .overview: "Documentations"
            case .search: "Search"
            case .jobs: "Jobs"
            case .sources: "Sources"
            case .health: "Health"
            }
        }
    }

    let title: String
    var place: Place?
    /// For the sign-out form; nil where nobody is signed in.
    var visitor: ConsoleVisitor?
    /// Whether the page shows something that is going on: it then renews itself.
    var isLive = false
    let content: HTML

    /// - Parameter headers: added to those of every page.
    func response(status: Int = 200, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = "no-store"
        headers[.contentSecurityPolicy] = Self.policy
        headers[.referrerPolicy] = "same-origin"
        headers[.xFrameOptions] = "DENY"
        headers[.crossOriginOpenerPolicy] = "same-origin"
        headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
        return Response(status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html.text)))
    }

    /// Nothing but what this server sends itself, no inline scripts or styles, no frames.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'
        """

    private var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) · Portolan</title>
        <link rel="icon" href="\(ConsoleAssets.icon.path)" type="image/svg+xml">
        <link rel="stylesheet" href="\(ConsoleAssets.style.path)">
        <script src="\(ConsoleAssets.script.path)" defer></script>
        \(Self.renewal, if: isLive)
        </head>
        <body>
        <a class="skip" href="#content">Skip to content</a>
        \(header)
        <main id="content" tabindex="-1">
        \(content)
        </main>
        </body>
        </html>

        """
    }

    /// Without scripts the whole page is loaded again.
    private static let renewal: HTML = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"

    private var header: HTML {
        guard let visitor else {
            return "<header class=\"bar\"><span class=\"brand\">\(ConsoleAssets.mark) Portolan</span></header>"
        }
        let entries = Place.allCases.map { place -> HTML in
            "<li><a href=\"\(place.rawValue)\"\(" aria-current=\"page\"", if: place == self.place)>\(place.name)</a></li>"
        }
        let signOut: HTML = """
            <form method="post" action="/console/signout">\(visitor.formField)<button class="quiet" type="submit">Sign out</button></form>
            """
        return """
            <header class="bar">
            <a class="brand" href="/">\(ConsoleAssets.mark) Portolan</a>
            <nav aria-label="Main"><ul>\(entries)</ul></nav>
            <div class="who"><span class="role" title="\(visitor.scopes)">\(visitor.role)</span>\(signOut, if: visitor.isSignedIn)</div>
            </header>
            """
    }
}

/// Who looks at a page, as far as the page needs to know.
struct ConsoleVisitor: Sendable {
    let principal: Principal
    let formToken: String
    /// Whether there is a session that can be ended.
    let isSignedIn: Bool

    var role: String { principal.role.rawValue }
    var scopes: String { principal.scopes.map(\.rawValue).sorted().joined(separator: ", ") }
    var mayIngest: Bool { principal.scopes.contains(.ingest) }

    /// Proves to a form's receiver where the form was.
    var formField: HTML { "<input type=\"hidden\" name=\"form_token\" value=\"\(formToken)\">" }
}

extension HTTPField.Name {
    static let contentSecurityPolicy = Self("Content-Security-Policy")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let xFrameOptions = Self("X-Frame-Options")!
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
    static let permissionsPolicy = Self("Permissions-Policy")!
}
