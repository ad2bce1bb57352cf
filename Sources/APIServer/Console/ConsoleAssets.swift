import Digests
import Hummingbird

/// The files that pages refer to, part of the binary. Their addresses change with their content, so that browsers may keep them.
enum ConsoleAssets {
    /// One file.
    struct Asset: Sendable {
        let name: String
        let type: String
        let text: String
        /// Where it is, with the beginning of its hash.
        let path: String

        init(_ name: String, _ type: String, _ text: String) {
            (self.name, self.type, self.text) = (name, type, text)
            path = "/console/assets/\(name)?v=\(Array(SHA256.hash(text).prefix(6)).hexadecimal)"
        }
    }

    static let style = Asset("console.css", "text/css; charset=utf-8", ConsoleStyle.text)
    static let script = Asset("console.js", "text/javascript; charset=utf-8", ConsoleScript.text)
    static let icon = Asset("icon.svg", "image/svg+xml", Self.drawing)

    /// A compass rose.
    static let mark = HTML(
        trusted: """
            <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><circle cx="16" cy="16" r="13.5"/>\
            <path d="M16 4l3.2 8.8L28 16l-8.8 3.2L16 28l-3.2-8.8L4 16l8.8-3.2z"/></svg>
            """)

    private static let drawing = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#0f4c5c"/>\
        <path d="M16 3l3.6 9.4L29 16l-9.4 3.6L16 29l-3.6-9.4L3 16l9.4-3.6z" fill="#f4ecd8"/></svg>
        """

    /// Nobody is asked who wants them: they say nothing.
    static var route: Route {
        Route(.get, "/console/assets/{name}", .open) { call in
            guard let asset = [style, script, icon].first(where: { $0.name == call.parameters["name"] }) else {
                throw EdgeFailure.noRoute
            }
            return Response(
                status: .ok, headers: [.contentType: asset.type, .cacheControl: "public, max-age=31536000, immutable"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: asset.text)))
        }
    }
}
