extension MCPEndpoint {
    static func promptMethods(options: EndpointOptions, catalog: NamedCatalog<Prompt<Principal>, Principal>) -> [String: Method<Principal>]
    {
        [
            "prompts/list": Method { params, context in
                let page = try catalog.page(after: cursor(params), size: options.pageSize, scope: "prompts", for: context.principal)
                var result: JSONObject = ["prompts": .array(page.items.map { $0.json(for: context.version) })]
                result["nextCursor"] = page.nextCursor.map(JSONValue.string)
                return Reply(result: result, cache: catalog.dependsOnPrincipal ? options.cache.madePrivate : options.cache)
            },
            "prompts/get": Method(nameParameter: "name", takesInput: true) { params, context in
                guard let name = params["name"]?.stringValue else { throw ProtocolError(.invalidParams, "name must be a string") }
                guard let prompt = catalog.item(named: name, for: context.principal) else {
                    throw ProtocolError(.invalidParams, "Unknown prompt: \(shortened(name))")
                }
                let messages = try await prompt.make(try arguments(params), context)
                return Reply(
                    result: [
                        "description": .string(prompt.description),
                        "messages": .array(messages.compactMap { $0.json(for: context.version) }),
                    ])
            },
        ]
    }

    /// The arguments of a request; none for one without.
    static func arguments(_ params: JSONObject) throws(ProtocolError) -> JSONObject {
        switch params["arguments"] {
        case nil: return JSONObject()
        case .object(let object): return object
        case let other?: throw ProtocolError(.invalidParams, "arguments must be an object, not \(other.typeName)")
        }
    }
}
