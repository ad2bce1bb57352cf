import Primitives

/// Decides whether a statement that reads may be sent: a registered one, with all values in parameters, within its bounds.
package struct QueryGate: Gate {
    /// A statement, and what is known about this use of it.
    package struct Statement: Sendable {
        /// Name of the template.
        package let template: String
        /// The text with `$1` and so on.
        package let text: String
        /// How many parameters come with it.
        package let parameters: Int
        /// The whole numbers among the parameters, by their number from 1 on.
        package let integers: [Int: Int]
        /// How many relations away from its start it looks; 0 without a start.
        package let depth: Int
        /// How long it may take.
        package let timeout: Duration
        /// What the planner expects, for templates with ``QueryTemplate/maximumCost``.
        package let plan: Plan?

        package init(
            _ template: String, _ text: String, parameters: Int, integers: [Int: Int] = [:], depth: Int = 0, timeout: Duration,
            plan: Plan? = nil
        ) {
            self.template = template
            self.text = text
            self.parameters = parameters
            self.integers = integers
            self.depth = depth
            self.timeout = timeout
            self.plan = plan
        }
    }

    /// The planner's estimate.
    package struct Plan: Sendable, Hashable {
        /// In units of the planner.
        package let cost: Double
        package let rows: Double

        package init(cost: Double, rows: Double) {
            self.cost = cost
            self.rows = rows
        }
    }

    /// Most relations from start to end.
    package static let maximumDepth = 3
    /// Longest time for one statement.
    package static let maximumTimeout = Duration.seconds(30)
    /// Most rows that the planner may expect.
    package static let maximumPlannedRows = 10_000.0

    package let name = GateName.query
    package let field = "query"
    private let templates: [String: QueryTemplate]
    /// Shapes by name and text: a program has few texts, and each is the same every time.
    private let shapes = Locked<[[String]: QueryShape]>([:])
    private static let keptShapes = 1000

    /// - Parameter templates: every statement that may be sent; names are unique.
    package init(_ templates: [QueryTemplate]) {
        self.templates = Dictionary(uniqueKeysWithValues: templates.map { ($0.name, $0) })
    }

    /// The template, when one has that name.
    package func template(_ name: String) -> QueryTemplate? { templates[name] }

    package func decide(_ input: Statement) -> GateResult<Statement> {
        func reject(_ code: Rejection.Code, _ reason: String, limit: String? = nil) -> GateResult<Statement> {
            .rejected(
                Rejection(
                    code, "The statement is not sent: \(reason).", field: field, limit: limit, hint: "Ask for less, or report it.",
                    details: ["template": input.template]))
        }
        guard let template = templates[input.template] else { return reject(.queryTemplate, "it is not registered") }
        let shape: QueryShape
        do throws(QueryShape.Unfit) {
            shape = try self.shape(of: input.text, template)
        } catch {
            return reject(error.code, error.reason)
        }
        guard shape.parameters == input.parameters else { return reject(.queryParameter, "it has other parameters than values") }
        if let most = template.maximumRows {
            guard shape.isLimited else { return reject(.queryLimit, "it has no limit", limit: "\(most)") }
        }
        let most = template.maximumRows ?? Self.rowsByKey
        for limit in shape.limits {
            let rows =
                switch limit {
                case .number(let number): number
                case .parameter(let number): input.integers[number] ?? Int.max
                }
            guard 0...most ~= rows else { return reject(.queryLimit, "its limit is out of range", limit: "0 to \(most)") }
        }
        guard 0...Self.maximumDepth ~= input.depth else {
            return reject(.queryDepth, "it follows too many relations", limit: "\(Self.maximumDepth)")
        }
        guard input.timeout > .zero, input.timeout <= Self.maximumTimeout else {
            return reject(.queryCost, "it may take too long", limit: "\(Self.maximumTimeout)")
        }
        if let most = template.maximumCost {
            guard let plan = input.plan else { return reject(.queryCost, "its cost is not known") }
            guard plan.rows <= Self.maximumPlannedRows else {
                return reject(.queryCost, "it would find too many rows", limit: "\(Self.maximumPlannedRows)")
            }
            guard plan.cost <= most else { return reject(.queryCost, "it would take too much work", limit: "\(most)") }
        }
        return .accepted(input)
    }

    /// Bound of inner limits in statements that find by key.
    private static let rowsByKey = 1000

    private func shape(of text: String, _ template: QueryTemplate) throws(QueryShape.Unfit) -> QueryShape {
        let key = [template.name, text]
        if let known = shapes.withLock({ $0[key] }) { return known }
        let shape = try QueryShape(text, template)
        shapes.withLock { shapes in
            if shapes.count >= Self.keptShapes { shapes = [:] }
            shapes[key] = shape
        }
        return shape
    }
}
