/// What may make a statement faster.
package struct PlanSuggestion: Sendable, Hashable, Encodable {
    /// What stands out.
    package enum Kind: String, Sendable, Hashable, Encodable {
        /// The whole costs more than ``PlanSuggestion/costThreshold``.
        case highCost = "high_cost"
        /// The run took more than ``PlanSuggestion/durationThreshold``.
        case slow
        /// One step alone costs more than ``PlanSuggestion/stepCostThreshold``.
        case expensiveStep = "expensive_step"
        /// The planner is off by ``PlanSuggestion/misestimateFactor`` times or more.
        case misestimate
    }

    /// In units of the planner.
    package static let costThreshold = 1000.0
    /// In milliseconds.
    package static let durationThreshold = 100.0
    /// In units of the planner.
    package static let stepCostThreshold = 500.0
    /// Rows that came to rows that were expected, or the other way around.
    package static let misestimateFactor = 10.0

    package let kind: Kind
    /// The step, such as `Seq Scan on section`; nil for the whole.
    package let step: String?
    /// What was measured.
    package let value: Double
    /// What it should not exceed.
    package let threshold: Double
    /// What to do.
    package let advice: String

    /// What stands out in `profile`: the whole first, then the steps in the order of the plan.
    package static func all(for profile: QueryProfile) -> [PlanSuggestion] {
        var found: [PlanSuggestion] = []
        if profile.cost > costThreshold {
            found.append(
                PlanSuggestion(
                    kind: .highCost, step: nil, value: profile.cost, threshold: costThreshold,
                    advice: "Ask for fewer rows, or for rows that an index finds."))
        }
        if let duration = profile.executionMilliseconds, duration > durationThreshold {
            found.append(
                PlanSuggestion(
                    kind: .slow, step: nil, value: duration, threshold: durationThreshold,
                    advice: "Look at the steps with the highest cost, and at how many blocks came from disk."))
        }
        for step in profile.steps {
            if step.ownCost > stepCostThreshold {
                found.append(
                    PlanSuggestion(
                        kind: .expensiveStep, step: name(step), value: step.ownCost, threshold: stepCostThreshold, advice: advice(on: step))
                )
            }
            if let factor = misestimate(step), factor >= misestimateFactor {
                let table = step.relation.map { "analyze portolan.\($0)" } ?? "analyze"
                found.append(
                    PlanSuggestion(
                        kind: .misestimate, step: name(step), value: factor, threshold: misestimateFactor,
                        advice: "The planner expected \(Int(step.plannedRows)) rows and got \(Int(step.actualRows ?? 0)): run \(table)."))
            }
        }
        return found
    }

    private static func name(_ step: QueryProfile.Step) -> String {
        step.relation.map { "\(step.operation) on \($0)" } ?? step.operation
    }

    private static func advice(on step: QueryProfile.Step) -> String {
        switch step.operation {
        case "Seq Scan":
            step.filter.map { "It reads the whole table: an index for \($0) would read less." }
                ?? "It reads the whole table: add a condition, or ask for fewer rows."
        case "Sort": "An index in the order that is asked for would save the sort."
        case "Nested Loop": "An index on the inner side of the join, or a join by hash, would save passes."
        default: "Narrow what reaches this step."
        }
    }

    /// How many times the planner is off; nil when the step was not run. Below one row counts as one.
    private static func misestimate(_ step: QueryProfile.Step) -> Double? {
        guard let rows = step.actualRows, step.loops ?? 0 > 0 else { return nil }
        let (actual, planned) = (max(rows, 1), max(step.plannedRows, 1))
        return max(actual / planned, planned / actual)
    }
}
