package import FoundationEssentials

/// Serves a folder as a website, with entity tags and dates, as an answer for the ``LoopbackHTTPServer``.
package struct StaticSite: Sendable {
    private let folder: String

    /// - Parameter folder: absolute path; a request for a folder gets its `index.html`.
    package init(folder: String) { self.folder = folder }

    /// The file of a request, 304 when the client's copy is current, 404 when there is none, 405 for other methods than GET and HEAD.
    package func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .status(405) }
        let parts = (URLComponents(string: "http://site\(request.path)")?.path ?? request.path).split(separator: "/")
        guard !parts.contains("..") else { return .status(404) }
        var path = folder + parts.map { "/\($0)" }.joined()
        var isFolder = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
            guard request.path.hasSuffix("/") else { return .redirect(to: request.path + "/", status: 301) }
            path += "/index.html"
        }
        guard let data = FileManager.default.contents(atPath: path),
            let date = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        else { return .text("not found", status: 404) }
        let tag = "\"\(data.count)-\(Int(date.timeIntervalSince1970 * 1000))\""
        let modified = Self.httpDate(date)
        let headers = [("content-type", Self.type(of: path)), ("etag", tag), ("last-modified", modified)]
        let isCurrent = request["if-none-match"].map { $0 == tag } ?? (request["if-modified-since"] == modified)
        return isCurrent ? .status(304, headers: headers) : .bytes(Array(data), headers: headers)
    }

    /// A date as HTTP writes it (RFC 9110, section 5.6.7).
    package static func httpDate(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        func two(_ value: Int?) -> String { (value ?? 0) < 10 ? "0\(value ?? 0)" : "\(value ?? 0)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][(parts.weekday ?? 1) - 1]
        let month =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][(parts.month ?? 1) - 1]
        let time = "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))"
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 0) \(time) GMT"
    }

    private static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html", "htm": "text/html; charset=utf-8"
        case "md": "text/markdown; charset=utf-8"
        case "txt": "text/plain; charset=utf-8"
        case "xml": "application/xml"
        case "json": "application/json"
        case "css": "text/css"
        case "js": "text/javascript"
        case "png": "image/png"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
