import FoundationEssentials
import Postgres

/// What `explain (format json)` answers.
struct ExplainedPlan: Decodable {
    let plan: Node
    let planningTime: Double?
    let executionTime: Double?

    enum CodingKeys: String, CodingKey {
        case plan = "Plan"
        case planningTime = "Planning Time"
        case executionTime = "Execution Time"
    }

    /// A step with those below it.
    struct Node: Decodable {
        let operation: String
        let relation: String?
        let index: String?
        let filter: String?
        let totalCost: Double
        let plannedRows: Double
        let actualRows: Double?
        let loops: Double?
        let totalTime: Double?
        let sharedHits: Int?
        let sharedReads: Int?
        let plans: [Node]?

        enum CodingKeys: String, CodingKey {
            case operation = "Node Type"
            case relation = "Relation Name"
            case index = "Index Name"
            case filter = "Filter"
            case totalCost = "Total Cost"
            case plannedRows = "Plan Rows"
            case actualRows = "Actual Rows"
            case loops = "Actual Loops"
            case totalTime = "Actual Total Time"
            case sharedHits = "Shared Hit Blocks"
            case sharedReads = "Shared Read Blocks"
            case plans = "Plans"
        }
    }

    /// Reads the one cell of the answer.
    static func read(_ rows: Rows) throws -> QueryProfile {
        let text = try rows.single().decode(0, as: String.self)
        guard let explained = try JSONDecoder().decode([ExplainedPlan].self, from: Data(text.utf8)).first else {
            throw PostgresError(.decoding, "The plan is empty.")
        }
        return explained.profile
    }

    private var profile: QueryProfile {
        var steps: [QueryProfile.Step] = []
        Self.collect(plan, depth: 0, into: &steps)
        let wasRun = executionTime != nil
        return QueryProfile(
            cost: plan.totalCost, plannedRows: plan.plannedRows, actualRows: plan.actualRows,
            planningMilliseconds: wasRun ? planningTime : nil,
            executionMilliseconds: executionTime, sharedHitBlocks: plan.sharedHits, sharedReadBlocks: plan.sharedReads, steps: steps)
    }

    private static func collect(_ node: Node, depth: Int, into steps: inout [QueryProfile.Step]) {
        let below = node.plans ?? []
        // A limit ends its inputs early: it then costs less than they do.
        let own = max(0, node.totalCost - below.reduce(0) { $0 + $1.totalCost })
        steps.append(
            QueryProfile.Step(
                operation: node.operation, relation: node.relation ?? node.index, filter: node.filter, depth: depth, ownCost: own,
                totalCost: node.totalCost, plannedRows: node.plannedRows, actualRows: node.actualRows, loops: node.loops,
                milliseconds: node.totalTime))
        for node in below { collect(node, depth: depth + 1, into: &steps) }
    }
}
