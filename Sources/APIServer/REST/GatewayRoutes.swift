import APIModel
import Domain
import Hummingbird
import Telemetry

/// Retrieval in the form that agent frameworks without MCP expect: passages, capped by role, with what is left of the quota.
struct GatewayRoutes: Sendable {
    let search: MeasuredSearch
    let documentations: any DocumentationStore
    let health: ServiceHealth
    let build: BuildInfo

    var routes: [Route] {
        [
            Route(
                .post, "/agents/v1/query", .scope(.read), Operation("gatewayQuery", .gateway, "The best passages", problems: [404]),
                Parameter<GatewayQueryRequest>.body, answer: query),
            Route(
                .get, "/agents/v1/status", .scope(.read), Operation("gatewayStatus", .gateway, "What the caller may do"), answer: status),
        ]
    }

    @Sendable private func query(_ call: Call, body: GatewayQueryRequest) async throws -> Answer<GatewayQueryResponse> {
        let most = call.principal.role.mostChunks
        let query = try SearchRoutes.query(
            body.query, SearchScope(library: body.namespace), limit: min(body.maxChunks ?? most, most), field: "query")
        let answer = try await search.search(query, cursor: nil, tokens: body.maxTokens ?? Limits.defaultMaxTokens, access: call.access)
        let response = SearchResponse(answer)
        return Answer(
            GatewayQueryResponse(
                chunks: response.items, searchMode: response.searchMode,
                isPartial: response.isPartial || response.nextCursor != nil, isDegraded: response.isDegraded, reasons: response.reasons,
                quotaRemaining: call.quotaRemaining, traceID: body.traceID))
    }

    @Sendable private func status(_ call: Call) async throws -> Answer<GatewayStatus> {
        let report = await health.report()
        let libraries = try await documentations.libraries(limit: 1, offset: 0, access: call.access).total
        return Answer(
            GatewayStatus(
                status: report.status, version: build.version, role: call.principal.role.rawValue,
                scopes: call.principal.scopes.map(\.rawValue).sorted(), maxChunks: call.principal.role.mostChunks,
                quotaRemaining: call.quotaRemaining, namespaces: libraries))
    }
}

extension AccessRole {
    /// Passages that a query of the gateway may have.
    fileprivate var mostChunks: Int {
        switch self {
        case .reader: 24
        case .power: 48
        case .admin: GatewayLimits.mostChunks
        }
    }
}
