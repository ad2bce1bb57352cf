/// A request as any HTTP server has it.
public struct MCPHTTPRequest: Sendable {
    /// The method in capitals, for example `POST`.
    public let method: String
    /// The body; the server in front bounds what it reads, the endpoint refuses what is beyond its own limit.
    public let body: [UInt8]
    /// The identifier under which the server in front logs the request; it is named to clients when something breaks.
    public let requestID: String
    private let headers: [(name: String, value: String)]

    /// - Parameters:
    ///   - method: the method in capitals.
    ///   - headers: all headers, with `Host` among them (HTTP/2 servers pass `:authority` under that name); repeated ones repeat.
    ///   - body: the body.
    ///   - requestID: the identifier under which the request is logged.
    public init(method: String, headers: [(name: String, value: String)], body: [UInt8], requestID: String) {
        self.method = method
        self.headers = headers
        self.body = body
        self.requestID = requestID
    }

    /// The request by its identifier alone, for what goes on when all of it was read: a stream would hold headers and body for its whole life.
    var known: MCPHTTPRequest { MCPHTTPRequest(method: method, headers: [], body: [], requestID: requestID) }

    /// The values of the header `name`, in order, without the spaces and tabs around them. Names are compared without case.
    public func headers(_ name: String) -> [String] {
        headers.filter { Self.isSame($0.name, name) }.map { Self.trimmed($0.value) }
    }

    /// The first value of the header `name`.
    public func header(_ name: String) -> String? {
        headers.first { Self.isSame($0.name, name) }.map { Self.trimmed($0.value) }
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8, by: { lowercased($0) == lowercased($1) })
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func trimmed(_ value: String) -> String {
        let isBlank = { (character: Unicode.Scalar) in character == " " || character == "\t" }
        let scalars = value.unicodeScalars
        guard scalars.first.map(isBlank) == true || scalars.last.map(isBlank) == true else { return value }
        guard let first = scalars.firstIndex(where: { !isBlank($0) }), let last = scalars.lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(scalars[first...last])
    }
}
