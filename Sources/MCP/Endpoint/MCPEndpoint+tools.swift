import Primitives

extension MCPEndpoint {
    static func toolMethods(options: EndpointOptions, catalog: NamedCatalog<Tool<Principal>, Principal>) -> [String: Method<Principal>] {
        [
            "tools/list": Method { params, context in
                let page = try catalog.page(after: cursor(params), size: options.pageSize, scope: "tools", for: context.principal)
                var result: JSONObject = ["tools": .array(page.items.map { $0.json(for: context.version) })]
                result["nextCursor"] = page.nextCursor.map(JSONValue.string)
                return Reply(result: result, cache: catalog.dependsOnPrincipal ? options.cache.madePrivate : options.cache)
            },
            "tools/call": Method(
                nameParameter: "name", takesInput: true,
                mirrored: { params, principal in
                    guard let tool = params["name"]?.stringValue.flatMap({ catalog.item(named: $0, for: principal) }) else { return [] }
                    return tool.mirrored(params["arguments"]?.objectValue ?? JSONObject())
                },
                features: { params, principal in
                    params["name"]?.stringValue.flatMap { catalog.item(named: $0, for: principal) }?.uses ?? []
                },
                handler: { params, context in try await call(params, context, catalog: catalog) }),
        ]
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
        _ params: JSONObject, _ context: RequestContext<Principal>, catalog: NamedCatalog<Tool<Principal>, Principal>
    ) async throws -> Reply {
        guard let name = params["name"]?.stringValue else { throw ProtocolError(.invalidParams, "name must be a string") }
        guard let tool = catalog.item(named: name, for: context.principal) else {
            throw ProtocolError(.invalidParams, "Unknown tool: \(shortened(name))")
        }
        let arguments = try arguments(params)
        guard !tool.requiresTasks || context.acceptsTasks else {
            throw ProtocolError.missingClientCapabilities(TaskExtension.capability)
        }
        var underlying: (any Error)?
        let result: ToolResult
        do {
            switch try await tool.call(arguments, context) {
            case .now(let output): result = output
            case .later(let task):
                precondition(context.acceptsTasks, "\(name) gave a task to a client that takes none")
                var reply = task.json
                reply["resultType"] = "task"
                return Reply(result: reply)
            }
        } catch let issues as ArgumentIssues {
            result = .failure(issues.description)
        } catch let issue as ArgumentIssue {
            result = .failure(ArgumentIssues(issues: [issue]).description)
        } catch let failure as ToolFailure {
            result = .failure(failure.description)
        } catch let error as ProtocolError {
            throw error
        } catch let needed as InputRequired {
            throw needed
        } catch  where context.deadline.hasPassed {
            underlying = error
            result = .failure(late)
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
