extension MCPEndpoint {
    static func capabilities(hasTools: Bool, _ hasResources: Bool) -> JSONObject {
        var capabilities = JSONObject()
        if hasTools { capabilities["tools"] = [:] }
        if hasResources { capabilities["resources"] = [:] }
        return capabilities
    }

    /// The methods by which client and server get to know each other.
    static func lifecycleMethods(options: EndpointOptions, capabilities: JSONObject) -> [String: Method<Principal>] {
        [
            "initialize": Method(eras: [.legacy]) { _, context in
                var result: JSONObject = [
                    "protocolVersion": .string(context.version.name), "capabilities": .object(capabilities),
                    "serverInfo": options.server.json(for: context.version),
                ]
                result["instructions"] = options.instructions.map(JSONValue.string)
                return Reply(result: result)
            },
            "ping": Method(eras: [.legacy]) { _, _ in Reply(result: JSONObject()) },
            "server/discover": Method(eras: [.modern]) { _, _ in
                var result: JSONObject = [
                    "supportedVersions": .array(ProtocolVersion.supported.map { .string($0.name) }),
                    "capabilities": .object(capabilities),
                ]
                result["instructions"] = options.instructions.map(JSONValue.string)
                return Reply(result: result, cache: options.cache)
            },
        ]
    }
}
