import MCP
import Primitives

/// All fixtures, and what they share.
struct Fixtures: Sendable {
    let hub = MessageHub()
    let runner: TaskRunner<Caller>
    /// Whether the tool and the prompt are there that come and go.
    let changes = Changes()

    init() { runner = TaskRunner(store: MemoryTaskStore(), hub: hub) }

    var endpoint: MCPEndpoint<Caller> {
        MCPEndpoint(
            options: EndpointOptions(
                server: Implementation(name: "portolan-conformance-server", version: "1.0.0", title: "Portolan's conformance fixtures"),
                origins: .loopback, timeout: .seconds(20)),
            tools: contentTools + sessionTools + changeTools + headerTools + inputTools + taskTools, resources: FixtureResources(),
            prompts: prompts,
            services: EndpointServices(
                hub: hub, changing: [.tools, .prompts, .resources, .contents], completions: FixtureCompletions(), tasks: runner,
                sessions: SessionPolicy(store: MemorySessionStore(), isRequired: true, retry: .milliseconds(500)), hasLogging: true,
                streams: StreamLimits(perClient: 1000), owner: { _ in "anybody" }))
    }

    /// The smallest PNG: one transparent pixel.
    static let picture = Base64.decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")!
    /// A WAV without a sample.
    static let sound = Base64.decode("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=")!

    static func text(_ text: String) -> ToolResult { ToolResult(content: [.text(text)]) }
}

/// What comes and goes.
final class Changes: Sendable {
    private let state = Locked((tool: false, prompt: false))

    var hasTool: Bool { state.withLock { $0.tool } }
    var hasPrompt: Bool { state.withLock { $0.prompt } }

    func toggleTool() { state.withLock { $0.tool.toggle() } }
    func togglePrompt() { state.withLock { $0.prompt.toggle() } }
}
