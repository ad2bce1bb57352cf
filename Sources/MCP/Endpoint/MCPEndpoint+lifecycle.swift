extension MCPEndpoint {
    /// The methods by which client and server get to know each other.
    static func lifecycleMethods(
        options: EndpointOptions, services: EndpointServices<Principal>, hasTools: Bool, hasPrompts: Bool, hasResources: Bool
    ) -> [String: Method<Principal>] {
        @Sendable func capabilities(_ era: ProtocolVersion.Era) -> JSONValue {
            // Without a session there is no stream on which an earlier client could hear of anything.
            let isTold = era == .modern || services.sessions != nil
            func changes(_ kind: ListKind, _ key: String = "listChanged") -> [(String, JSONValue)] {
                isTold && services.changing.contains(kind) ? [(key, .bool(true))] : []
            }
            var result = JSONObject()
            if hasTools { result["tools"] = .object(JSONObject(changes(.tools))) }
            if hasPrompts { result["prompts"] = .object(JSONObject(changes(.prompts))) }
            if hasResources { result["resources"] = .object(JSONObject(changes(.resources) + changes(.contents, "subscribe"))) }
            if services.completions != nil { result["completions"] = [:] }
            if services.hasLogging, isTold { result["logging"] = [:] }
            if services.tasks != nil, era == .modern { result["extensions"] = [TaskExtension.name: [:]] }
            return .object(result)
        }
        return [
            "initialize": Method(eras: [.legacy]) { params, context in
                var result: JSONObject = [
                    "protocolVersion": .string(context.version.name), "capabilities": capabilities(.legacy),
                    "serverInfo": options.server.json(for: context.version),
                ]
                result["instructions"] = options.instructions.map(JSONValue.string)
                guard let sessions = services.sessions else { return Reply(result: result) }
                let session = Session(
                    id: Token.random(bytes: 24), owner: context.owner, version: context.version,
                    capabilities: context.clientCapabilities, clientInfo: context.clientInfo)
                try await sessions.store.insert(session)
                return Reply(result: result, headers: [("Mcp-Session-Id", session.id)])
            },
            "ping": Method(eras: [.legacy]) { _, _ in Reply(result: JSONObject()) },
            "server/discover": Method(eras: [.modern]) { _, _ in
                var result: JSONObject = [
                    "supportedVersions": .array(ProtocolVersion.supported.map { .string($0.name) }),
                    "capabilities": capabilities(.modern),
                ]
                result["instructions"] = options.instructions.map(JSONValue.string)
                return Reply(result: result, cache: options.cache)
            },
        ]
    }
}
