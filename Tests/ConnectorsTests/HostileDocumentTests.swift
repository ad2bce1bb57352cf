import Domain
import Primitives
import Processing
import TestSupport
import Testing

@testable import Connectors

/// Documents that a hostile or broken site sends, all by one crawl, with what has to become of each.
@Suite struct `Hostile documents` {
    struct Document: Sendable {
        let path: String
        let type: String
        let expected: PageOutcome.Kind
        /// Beginning of the outcome's detail; nil for a page that was read.
        let code: String?
        let body: [UInt8]
        var headers: [(name: String, value: String)] = []

        init(_ path: String, _ type: String, _ expected: PageOutcome.Kind, _ code: String?, _ body: [UInt8]) {
            (self.path, self.type, self.expected, self.code, self.body) = (path, type, expected, code, body)
        }

        init(_ path: String, _ type: String, _ expected: PageOutcome.Kind, _ code: String?, _ body: String) {
            self.init(path, type, expected, code, Array(body.utf8))
        }
    }

    private static let html = "text/html; charset=utf-8"

    static let documents: [Document] = [
        Document("/empty", html, .fetched, nil, ""),
        Document("/spaces", html, .fetched, nil, String(repeating: " \n", count: 10_000)),
        Document("/half-json", "application/json", .skipped, "E_CONTENT_TYPE", "{\"a\": [1, 2"),
        Document("/half-json-html", html, .fetched, nil, "{\"a\": [1, 2"),
        Document("/xml", "application/xml", .skipped, "E_CONTENT_TYPE", "<a/>"),
        Document("/half-page", html, .fetched, nil, "<html><body><p>text<div><a href='"),
        Document("/entity-bomb", html, .fetched, nil, "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><p>&b;"),
        Document(
            "/external-entity", "application/xhtml+xml", .fetched, nil, "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><p>&a;"),
        Document("/deep", html, .fetched, nil, String(repeating: "<div>", count: 50_000) + "text"),
        Document("/wide", html, .fetched, nil, "<table><tr>" + String(repeating: "<td>x", count: 20_000)),
        Document("/attribute", html, .fetched, nil, "<p title=\"" + String(repeating: "a", count: 2_000_000) + "\">text"),
        Document("/attributes", html, .fetched, nil, "<p " + String(repeating: "a=1 ", count: 100_000) + ">text"),
        Document("/png", html, .skipped, "E_CONTENT_TYPE", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]),
        Document("/pdf", "text/plain", .skipped, "E_CONTENT_TYPE", "%PDF-1.7 binary"),
        Document("/zip", "text/markdown", .skipped, "E_CONTENT_TYPE", [0x50, 0x4B, 0x03, 0x04, 0, 0]),
        Document("/elf", html, .skipped, "E_CONTENT_TYPE", [0x7F, 0x45, 0x4C, 0x46, 2, 1]),
        Document("/octets", "application/octet-stream", .skipped, "E_CONTENT_TYPE", [1, 2, 3]),
        Document("/no-type-word", "nonsense", .skipped, "E_CONTENT_TYPE", "text"),
        Document("/nuls", html, .fetched, nil, "<p>a\u{0}b\u{0}</p>"),
        Document("/only-nuls", html, .fetched, nil, [UInt8](repeating: 0, count: 100_000)),
        Document("/broken-utf8", html, .fetched, nil, [0x3C, 0x70, 0x3E, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80]),
        Document("/wrong-charset", "text/html; charset=utf-16", .fetched, nil, "<p>text in ASCII"),
        Document("/unknown-charset", "text/html; charset=x-nobody-knows", .fetched, nil, "<p>text"),
        Document("/long-line", "text/plain", .fetched, nil, String(repeating: "word", count: 200_000)),
        Document("/script", html, .fetched, nil, "<script>" + String(repeating: "<p>", count: 10_000)),
        Document("/comment", html, .fetched, nil, "<!--" + String(repeating: "<!-- ", count: 20_000)),
        Document(
            "/links", html, .fetched, nil,
            "<a href=\"http://169.254.169.254/\">x</a><a href=\"file:///etc/passwd\">x</a><a href=\"//[::1]/\">x</a>"),
        Document("/base", html, .fetched, nil, "<base href=\"file:///\"><a href=\"etc/passwd\">x</a>"),
        Document("/front-matter", "text/markdown", .fetched, nil, "---\n" + String(repeating: "a: &a [*a]\n", count: 10_000)),
        Document("/quotes", "text/markdown", .fetched, nil, String(repeating: "> ", count: 10_000)),
        Document("/large", html, .failed, "E_FILE_SIZE", [UInt8](repeating: 0x20, count: 3 << 20)),
    ]

    /// What only a connection can do, with the code.
    static let transfers: [(String, PageOutcome.Kind, String)] = [
        ("/200-mb", .failed, "E_FILE_SIZE"), ("/endless", .failed, "E_FILE_SIZE"), ("/cut-off", .failed, "E_NET_CONNECT"),
        ("/no-gzip", .failed, "E_NET_PROTOCOL"), ("/header-bomb", .failed, "E_FILE_SIZE"), ("/loop", .failed, "E_REDIRECT_LOOP"),
        ("/file", .failed, "E_REDIRECT_DENY"), ("/teapot", .failed, "E_HTTP_STATUS"),
    ]

    @Test func `each has its outcome, and the rest of the site is read`() async throws {
        let byPath = Dictionary(uniqueKeysWithValues: Self.documents.map { ($0.path, $0) })
        let links = (Self.documents.map(\.path) + Self.transfers.map(\.0) + ["/fine"]).map { "<a href=\"\($0)\">x</a>" }.joined()
        try await LoopbackHTTPServer.withServer { request in
            if let document = byPath[request.path] { return .bytes(document.body, headers: [("content-type", document.type)]) }
            switch request.path {
            case "/": return .html(links)
            case "/fine": return .html("<p>fine")
            case "/200-mb": return .streaming(headers: [("content-type", "text/html")], length: 200 << 20) { try await $0.write("x") }
            case "/endless":
                return .streaming(headers: [("content-type", "text/html")]) {
                    while true { try await $0.write([UInt8](repeating: 32, count: 1 << 20)) }
                }
            case "/cut-off": return .streaming(headers: [("content-type", "text/html")], length: 1000) { await $0.abort() }
            case "/no-gzip": return .bytes(Array("plain".utf8), headers: [("content-type", "text/html"), ("content-encoding", "gzip")])
            case "/header-bomb":
                return .bytes(
                    [], headers: [("content-type", "text/html")] + (0..<20).map { ("x-\($0)", String(repeating: "a", count: 8000)) })
            case "/loop": return .redirect(to: "/loop")
            case "/file": return .redirect(to: "file:///etc/passwd")
            case "/teapot": return .status(418)
            default: return .status(404)
            }
        } body: { server in
            let report = try await server.crawl(parsesPages: true) {
                $0.pageSize = ByteCount(bytes: 5 << 19)
                $0.retries = 0
            }
            for document in Self.documents {
                let outcome = report.outcome(document.path)
                #expect(outcome?.kind == document.expected, "\(document.path): \(outcome?.detail ?? "")")
                if let code = document.code { #expect(outcome?.detail?.hasPrefix(code) == true, "\(document.path)") }
            }
            for (path, kind, code) in Self.transfers {
                let outcome = report.outcome(path)
                #expect(outcome?.kind == kind && outcome?.detail?.hasPrefix(code) == true, "\(path): \(outcome?.detail ?? "")")
            }
            #expect(report.outcome("/fine")?.kind == .fetched)
            #expect(report.outcome("http://169.254.169.254/")?.reason == .offSite)
            let parsed = try report.pages.map { try Self.parse($0) }
            #expect(parsed.allSatisfy { !$0.title.isEmpty && !$0.blocks.contains { $0.text.contains("root:") } })
        }
    }

    private static func parse(_ page: FetchedPage) throws -> PageContent {
        let type =
            switch page.contentType {
            case .html: "text/html"
            case .markdown: "text/markdown"
            case .plain: "text/plain"
            }
        return try DocumentParser.parse(bytes: page.body, contentType: type, charset: page.charset, url: page.finalURL.description)
    }
}
