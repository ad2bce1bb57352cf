extension MCPEndpoint {
    /// All checks before a method runs, in the order in which the revisions want them: host and origin, HTTP method and headers, JSON,
    /// message, era; then for a modern request `_meta`, headers against body, version, method, `Mcp-Name`, `Mcp-Param-…`.
    func admit(_ request: MCPHTTPRequest, principal: Principal) throws(Refusal) -> Exchange {
        if let reason = options.origins.refusal(of: request) {
            throw Refusal(ProtocolError(.invalidRequest, reason), status: 403)
        }
        guard request.method == "POST" else { throw Refusal(.empty(status: 405, headers: [("Allow", "POST")])) }
        guard MediaRanges(request.headers("Content-Type")).isExactly("application/json") else {
            throw Refusal(ProtocolError(.invalidRequest, "Content-Type must be application/json"), status: 415)
        }
        let accepted = MediaRanges(request.headers("Accept"))
        guard accepted.offers("application/json", "application/*"), accepted.offers("text/event-stream", "text/*") else {
            throw Refusal(ProtocolError(.invalidRequest, "Accept must offer application/json and text/event-stream"), status: 406)
        }
        let message = try parse(request.body)
        let meta = try meta(of: message)
        switch try version(of: message, meta: meta, request: request) {
        case nil: return try admitModern(message, meta: meta, request: request, principal: principal)
        case let version?: return try admitLegacy(message, meta: meta, version: version)
        }
    }

    private func parse(_ body: [UInt8]) throws(Refusal) -> RPCMessage {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body, limits: options.limits)
        } catch {
            guard error.code != .tooLarge else {
                throw Refusal(ProtocolError(.invalidRequest, "The body is larger than \(options.limits.size)"), status: 413)
            }
            throw Refusal(ProtocolError(.parseError, "Parse error: \(error.description)"))
        }
        do throws(RPCMessage.Refusal) {
            return try RPCMessage(value)
        } catch {
            throw Refusal(error.error, id: error.id)
        }
    }

    private func meta(of message: RPCMessage) throws(Refusal) -> JSONObject {
        switch message.params["_meta"] {
        case nil: return JSONObject()
        case .object(let meta): return meta
        case let other?:
            throw Refusal(ProtocolError(.invalidParams, "_meta must be an object, not \(other.typeName)"), message: message)
        }
    }

    /// The legacy revision of a message; nil for a modern one.
    private func version(
        of message: RPCMessage, meta: JSONObject, request: MCPHTTPRequest
    ) throws(Refusal) -> ProtocolVersion? {
        let modernKeys = [MetaKey.protocolVersion, MetaKey.clientCapabilities, MetaKey.clientInfo]
        if modernKeys.contains(where: { meta[$0] != nil }) { return nil }
        if message.method == "initialize" { return Self.negotiated(message.params["protocolVersion"]?.stringValue) }
        let named = request.headers("MCP-Protocol-Version")
        guard let name = named.first else { return message.method == "server/discover" ? nil : .v2025_03_26 }
        guard named.count == 1 else {
            throw Refusal(ProtocolError(.headerMismatch, "MCP-Protocol-Version appears more than once"), message: message)
        }
        guard let version = ProtocolVersion(named: name) else { throw Refusal(Self.unsupported(name), message: message) }
        return version.era == .modern ? nil : version
    }

    /// The revision for a handshake that asks for `name`: that one, or else the newest that has handshakes.
    static func negotiated(_ name: String?) -> ProtocolVersion {
        guard let name, let version = ProtocolVersion(named: name), version.era == .legacy else { return .v2025_11_25 }
        return version
    }

    static func unsupported(_ name: String) -> ProtocolError {
        let supported = ProtocolVersion.supported.map { JSONValue.string($0.name) }
        return ProtocolError(
            .unsupportedVersion, "Unsupported protocol version", data: ["supported": .array(supported), "requested": .string(name)])
    }

    // MARK: - Legacy

    private func admitLegacy(_ message: RPCMessage, meta: JSONObject, version: ProtocolVersion) throws(Refusal) -> Exchange {
        guard message.id != nil else { return Exchange(message: message, version: version, method: nil, meta: meta) }
        guard let method = methods[message.method], method.eras.contains(.legacy) else {
            throw Refusal(Self.unknown(message.method), era: .legacy, message: message)
        }
        return Exchange(message: message, version: version, method: method, meta: meta)
    }

    private static func unknown(_ method: String) -> ProtocolError {
        ProtocolError(.methodNotFound, "Method not found: \(shortened(method))")
    }

    // MARK: - Modern

    private func admitModern(
        _ message: RPCMessage, meta: JSONObject, request: MCPHTTPRequest, principal: Principal
    ) throws(Refusal) -> Exchange {
        guard message.id != nil else { return try admitModernNotification(message, meta: meta, request: request) }
        guard let name = meta[MetaKey.protocolVersion]?.stringValue else { throw missing(MetaKey.protocolVersion, "a string", message) }
        guard meta[MetaKey.clientCapabilities]?.objectValue != nil else {
            throw missing(MetaKey.clientCapabilities, "an object", message)
        }
        if let client = meta[MetaKey.clientInfo], Implementation(client) == nil {
            throw missing(MetaKey.clientInfo, "an object with name and version, when given,", message)
        }
        try compare("MCP-Protocol-Version", with: name, message, request)
        try compare("Mcp-Method", with: message.method, message, request)
        guard let version = ProtocolVersion(named: name), version.era == .modern else {
            throw Refusal(Self.unsupported(name), message: message)
        }
        guard let method = methods[message.method], method.eras.contains(.modern) else {
            throw Refusal(Self.unknown(message.method), message: message)
        }
        if let parameter = method.nameParameter, let target = message.params[parameter]?.stringValue {
            try compare("Mcp-Name", with: target, message, request)
        }
        for (header, value) in method.mirrored(message.params, principal) {
            if let error = HeaderText.disagreement(header, expected: value, in: request) { throw Refusal(error, message: message) }
        }
        return Exchange(message: message, version: version, method: method, meta: meta)
    }

    /// Notifications need no `_meta`; what their headers say has to be true all the same.
    private func admitModernNotification(_ message: RPCMessage, meta: JSONObject, request: MCPHTTPRequest) throws(Refusal) -> Exchange {
        let named = request.header("MCP-Protocol-Version") ?? ""
        try compare("MCP-Protocol-Version", with: meta[MetaKey.protocolVersion]?.stringValue ?? named, message, request)
        try compare("Mcp-Method", with: message.method, message, request)
        guard let version = ProtocolVersion(named: named), version.era == .modern else {
            throw Refusal(Self.unsupported(named), message: message)
        }
        return Exchange(message: message, version: version, method: nil, meta: meta)
    }

    private func missing(_ key: String, _ expected: String, _ message: RPCMessage) -> Refusal {
        Refusal(ProtocolError(.invalidParams, "_meta[\"\(key)\"] must be \(expected)"), message: message)
    }

    private func compare(_ header: String, with expected: String, _ message: RPCMessage, _ request: MCPHTTPRequest) throws(Refusal) {
        if let error = HeaderText.disagreement(header, expected: expected, in: request) { throw Refusal(error, message: message) }
    }
}
