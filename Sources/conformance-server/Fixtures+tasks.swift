import MCP

extension Fixtures {
    /// Tools whose work may go on after they were answered.
    var taskTools: [Tool<Caller>] {
        [
            Tool(content: "greet", description: "Greets; never a task") { (input: Named, _) in Self.text("Hello, \(input.name)!") },
            Tool(deferringContent: "slow_compute", description: "Takes its time") { (input: Slow, context) in
                let work: @Sendable () async throws -> ToolResult = {
                    try await Task.sleep(for: .seconds(input.seconds))
                    return Self.text("\(input.label ?? "computation"): done after \(input.seconds) s")
                }
                guard context.acceptsTasks, input.seconds > 0 else { return .now(try await work()) }
                return .later(try await start(context) { _ in try await work() })
            },
            Tool(deferringContent: "failing_job", description: "Fails as a tool", requiresTasks: true) { (_: NoInput, context) in
                .later(try await start(context) { _ in throw ToolFailure("The job has failed") })
            },
            Tool(deferringContent: "protocol_error_job", description: "Fails by a protocol error") { (_: NoInput, context) in
                let failure = ProtocolError(.internalError, "The job broke off")
                guard context.acceptsTasks else { throw failure }
                return .later(try await start(context) { _ in throw failure })
            },
            Tool(deferringContent: "confirm_delete", description: "Asks before it deletes") { (input: File, context) in
                guard context.acceptsTasks else { throw ToolFailure("Deleting needs a client that takes tasks.") }
                return .later(
                    try await start(context) { task in
                        let form = ElicitationForm([("confirm", ["type": "boolean", "title": "Delete it"])], required: ["confirm"])
                        let answers = try await task.ask([("confirm", .elicitation("Delete \(input.filename)?", form))])
                        let isConfirmed = answers["confirm"].content?["confirm"] == true
                        return Self.text(isConfirmed ? "Deleted \(input.filename)" : "Kept \(input.filename)")
                    })
            },
            Tool(deferringContent: "multi_input", description: "Asks two things at once") { (_: NoInput, context) in
                guard context.acceptsTasks else { throw ToolFailure("Asking needs a client that takes tasks.") }
                return .later(
                    try await start(context) { task in
                        let form = ElicitationForm([("value", ["type": "string"])])
                        let answers = try await task.ask([
                            ("first", .elicitation("The first?", form)), ("second", .elicitation("The second?", form)),
                        ])
                        let values = ["first", "second"].map { answers[$0].content?["value"]?.stringValue ?? "-" }
                        return Self.text(values.joined(separator: ", "))
                    })
            },
            Tool(
                deferringContent: "test_tool_with_task", description: "Asks first, and then becomes a task", uses: .input
            ) { (_: NoInput, context) in
                let name = try await context.ask("name", Self.name).content?["name"]?.stringValue ?? "stranger"
                guard context.acceptsTasks else { return .now(Self.text("Hello, \(name)!")) }
                return .later(try await start(context) { _ in Self.text("Hello, \(name)!") })
            },
        ]
    }

    private func start(
        _ context: RequestContext<Caller>, _ work: @escaping @Sendable (TaskRunner<Caller>.Handle) async throws -> ToolResult
    ) async throws -> TaskState {
        try await runner.start(for: context, lifetime: .seconds(600), pollInterval: .milliseconds(200), work: work)
    }

    private struct Named: ToolInput {
        let name: String
        static let arguments = Arguments(Argument("name", .string(), "Whom")) { Named(name: $0) }
    }

    private struct Slow: ToolInput {
        let seconds: Double
        let label: String?
        static let arguments = Arguments(
            Argument("seconds", .number(0...3600), "How long"), Argument(optional: "label", .string(length: 0...1000), "What it is")
        ) { Slow(seconds: $0, label: $1) }
    }

    private struct File: ToolInput {
        let filename: String
        static let arguments = Arguments(Argument("filename", .string(), "Which file")) { File(filename: $0) }
    }
}
