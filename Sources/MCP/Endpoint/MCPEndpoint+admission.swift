extension MCPEndpoint {
    /// What a request is that passed every check.
    enum Admission: Sendable {
        /// A message.
        case message(Exchange)
        /// The wish for a stream of a session: for what came after a place in a call, or for what belongs to no call.
        case stream(Session, after: SessionPlace?)
        /// The end of a session.
        case end(Session)
    }

    /// All checks before a method runs, in the order in which the revisions want them: host and origin, HTTP method and headers, JSON,
    /// message, era; then for a modern request `_meta`, headers against body, version, method, `Mcp-Name`, `Mcp-Param-…`; for a legacy one the
    /// session and the method.
    func admit(_ request: MCPHTTPRequest, principal: Principal) async throws(Refusal) -> Admission {
        if let reason = options.origins.refusal(of: request) {
            throw Refusal(ProtocolError(.invalidRequest, reason), status: 403)
        }
        let owner = services.owner(principal)
        guard request.method == "POST" else { return try await admitSessionRequest(request, owner: owner) }
        guard MediaRanges(request.headers("Content-Type")).isExactly("application/json") else {
            throw Refusal(ProtocolError(.invalidRequest, "Content-Type must be application/json"), status: 415)
        }
        let accepted = MediaRanges(request.headers("Accept"))
        guard accepted.offers("application/json", "application/*"), accepted.offers("text/event-stream", "text/*") else {
            throw Refusal(ProtocolError(.invalidRequest, "Accept must offer application/json and text/event-stream"), status: 406)
        }
        let message = try parse(request.body)
        let meta = try meta(of: message)
        guard let version = try version(of: message, meta: meta, request: request) else {
            return .message(try admitModern(message, meta: meta, request: request, principal: principal, owner: owner))
        }
        return .message(
            try await admitLegacy(message, meta: meta, version: version, request: request, principal: principal, owner: owner))
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

    private func admitLegacy(
        _ message: RPCMessage, meta: JSONObject, version: ProtocolVersion, request: MCPHTTPRequest, principal: Principal, owner: String
    ) async throws(Refusal) -> Exchange {
        // A handshake begins a session, whatever came before.
        let session = message.method == "initialize" ? nil : try await session(of: request, owner: owner, message: message)
        if case .response(let id, _) = message, session == nil {
            throw Refusal(
                ProtocolError(.invalidRequest, "Responses are not accepted: this server sends no requests"), era: .legacy,
                id: id)
        }
        // Without the header, the handshake has told.
        let version = request.header("MCP-Protocol-Version") == nil ? session?.version ?? version : version
        var exchange = Exchange(
            message: message, version: version, method: nil, meta: meta, principal: principal, owner: owner, session: session)
        guard message.id != nil else { return exchange }
        guard let method = methods[message.method], method.eras.contains(.legacy) else {
            throw Refusal(Self.unknown(message.method), era: .legacy, message: message)
        }
        exchange.method = method
        return exchange
    }

    /// The session that a request names; nil for one without, where that is allowed.
    private func session(of request: MCPHTTPRequest, owner: String, message: RPCMessage?) async throws(Refusal) -> Session? {
        guard let policy = services.sessions else { return nil }
        let named = request.headers("Mcp-Session-Id")
        guard let id = named.first else {
            guard policy.isRequired else { return nil }
            throw Refusal(ProtocolError(.invalidRequest, "Mcp-Session-Id is missing: send initialize first"), status: 400, message: message)
        }
        let session: Session?
        do {
            // What no store would hold is not looked for.
            session = named.count == 1 && id.utf8.count <= 128 ? try await policy.store.session(id) : nil
        } catch {
            throw Refusal(
                ProtocolError(.internalError, "Internal error. Request id: \(request.requestID)"), status: 500, message: message)
        }
        guard let session, session.owner == owner else {
            throw Refusal(ProtocolError(.invalidRequest, "There is no such session: send initialize"), status: 404, message: message)
        }
        return session
    }

    /// GET and DELETE, which only sessions have.
    private func admitSessionRequest(_ request: MCPHTTPRequest, owner: String) async throws(Refusal) -> Admission {
        let version = request.headers("MCP-Protocol-Version")
        let isModern = version.first.flatMap(ProtocolVersion.init(named:))?.era == .modern
        let allowed = services.sessions == nil ? "POST" : "POST, GET, DELETE"
        guard services.sessions != nil, !isModern, request.method == "GET" || request.method == "DELETE" else {
            throw Refusal(.empty(status: 405, headers: [("Allow", isModern ? "POST" : allowed)]))
        }
        if let name = version.first, ProtocolVersion(named: name) == nil || version.count > 1 { throw Refusal(Self.unsupported(name)) }
        if request.method == "GET", !MediaRanges(request.headers("Accept")).offers("text/event-stream", "text/*") {
            throw Refusal(ProtocolError(.invalidRequest, "Accept must offer text/event-stream"), status: 406)
        }
        guard let session = try await session(of: request, owner: owner, message: nil) else {
            throw Refusal(ProtocolError(.invalidRequest, "Mcp-Session-Id is missing"), status: 400)
        }
        if request.method == "DELETE" { return .end(session) }
        guard let text = request.header("Last-Event-ID") else { return .stream(session, after: nil) }
        guard let place = SessionPlace(text) else {
            throw Refusal(ProtocolError(.invalidParams, "Last-Event-ID is not one of this server"), status: 400)
        }
        return .stream(session, after: place)
    }

    private static func unknown(_ method: String) -> ProtocolError {
        ProtocolError(.methodNotFound, "Method not found: \(shortened(method))")
    }

    // MARK: - Modern

    private func admitModern(
        _ message: RPCMessage, meta: JSONObject, request: MCPHTTPRequest, principal: Principal, owner: String
    ) throws(Refusal) -> Exchange {
        if case .response(let id, _) = message {
            throw Refusal(ProtocolError(.invalidRequest, "Responses are not accepted: this server sends no requests"), id: id)
        }
        guard message.id != nil else {
            return try admitModernNotification(message, meta: meta, request: request, principal: principal, owner: owner)
        }
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
        return Exchange(message: message, version: version, method: method, meta: meta, principal: principal, owner: owner)
    }

    /// Notifications need no `_meta`; what their headers say has to be true all the same.
    private func admitModernNotification(
        _ message: RPCMessage, meta: JSONObject, request: MCPHTTPRequest, principal: Principal, owner: String
    ) throws(Refusal) -> Exchange {
        let named = request.header("MCP-Protocol-Version") ?? ""
        try compare("MCP-Protocol-Version", with: meta[MetaKey.protocolVersion]?.stringValue ?? named, message, request)
        try compare("Mcp-Method", with: message.method, message, request)
        guard let version = ProtocolVersion(named: named), version.era == .modern else {
            throw Refusal(Self.unsupported(named), message: message)
        }
        return Exchange(message: message, version: version, method: nil, meta: meta, principal: principal, owner: owner)
    }

    private func missing(_ key: String, _ expected: String, _ message: RPCMessage) -> Refusal {
        Refusal(ProtocolError(.invalidParams, "_meta[\"\(key)\"] must be \(expected)"), message: message)
    }

    private func compare(_ header: String, with expected: String, _ message: RPCMessage, _ request: MCPHTTPRequest) throws(Refusal) {
        if let error = HeaderText.disagreement(header, expected: expected, in: request) { throw Refusal(error, message: message) }
    }
}
