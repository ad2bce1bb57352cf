import Primitives

extension MCPEndpoint {
    static func toolMethods(options: EndpointOptions, catalog: ToolCatalog<Principal>) -> [String: Method<Principal>] {
        [
            "tools/list": Method { params, context in try list(params, context, options: options, catalog: catalog) },
            "tools/call": Method(
                nameParameter: "name",
                mirrored: { params, principal in
                    guard let tool = params["name"]?.stringValue.flatMap({ catalog.tool(named: $0, for: principal) }) else { return [] }
                    return tool.mirrored(params["arguments"]?.objectValue ?? JSONObject())
                },
                streams: { params, principal in
                    guard let name = params["name"]?.stringValue, params["_meta"]?[MetaKey.progressToken].flatMap(RequestID.init) != nil
                    else {
                        return false
                    }
                    return catalog.tool(named: name, for: principal)?.reportsProgress ?? false
                },
                handler: { params, context in try await call(params, context, catalog: catalog) }),
        ]
    }

    private static func list(
        _ params: JSONObject, _ context: RequestContext<Principal>, options: EndpointOptions, catalog: ToolCatalog<Principal>
    ) throws -> Reply {
        var tools = catalog.visible(to: context.principal)[...]
        if let text = try cursor(params) {
            // The cursor names the last tool of its page, so that it survives a deployment that adds some.
            guard let cursor = OpaqueCursor(decoding: text, scope: "tools") else { throw ProtocolError.invalidCursor }
            tools = tools.drop { $0.name <= cursor.position }
        }
        let page = tools.prefix(options.pageSize)
        var result: JSONObject = ["tools": .array(page.map { $0.json(for: context.version) })]
        if page.count < tools.count, let last = page.last {
            result["nextCursor"] = .string(OpaqueCursor(scope: "tools", position: last.name).encoded)
        }
        return Reply(result: result, cache: catalog.dependsOnPrincipal ? options.cache.madePrivate : options.cache)
    }

    /// The cursor of a list request; nil for the first page.
    static func cursor(_ params: JSONObject) throws(ProtocolError) -> String? {
        switch params["cursor"] {
        case nil: return nil
        case .string(let text): return text
        default: throw ProtocolError.invalidCursor
        }
    }

    private static func call(
        _ params: JSONObject, _ context: RequestContext<Principal>, catalog: ToolCatalog<Principal>
    ) async throws -> Reply {
        guard let name = params["name"]?.stringValue else { throw ProtocolError(.invalidParams, "name must be a string") }
        guard let tool = catalog.tool(named: name, for: context.principal) else {
            throw ProtocolError(.invalidParams, "Unknown tool: \(shortened(name))")
        }
        let arguments: JSONObject
        switch params["arguments"] {
        case nil: arguments = JSONObject()
        case .object(let object): arguments = object
        case let other?: throw ProtocolError(.invalidParams, "arguments must be an object, not \(other.typeName)")
        }
        var underlying: (any Error)?
        let result: ToolResult
        do {
            result = try await tool.call(arguments, context)
        } catch let issues as ArgumentIssues {
            result = .failure(issues.description)
        } catch let issue as ArgumentIssue {
            result = .failure(ArgumentIssues(issues: [issue]).description)
        } catch let failure as ToolFailure {
            result = .failure(failure.description)
        } catch let error as ProtocolError {
            throw error
        } catch  where context.deadline.hasPassed {
            underlying = error
            result = .failure("The call took longer than the server allows. Ask for less, or try again later.")
        } catch  where Task.isCancelled {
            throw error
        } catch {
            underlying = error
            let message = "Internal error. The request can be repeated; if that does not help, tell the operator the request id"
            result = .failure("\(message) \(context.requestID).")
        }
        return Reply(
            result: result.json(for: context.version), outcome: result.isError ? .toolError : .complete, underlying: underlying)
    }
}
