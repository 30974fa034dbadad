// Package conformance checks whether a server speaks the Bank of Georgia's Online Payment API:
// our simulator, the bank's own sandbox, or any other server. The same checks run against all
// of them.
//
//	report, err := conformance.Run(ctx, conformance.Target{Name: "simulator", Config: config, Payer: conformance.FormPayer{}})
//	report.WriteText(os.Stdout)
//
// A check of documented behaviour passes or fails. If the documents say nothing, or there is only
// one source, the check records what the target did, and whether that differs from what we
// assume; see [Outcome]. A check that cannot be carried out is skipped with the reason, and never
// passes.
//
// The section of a check is that of docs/bog-api.md, from which this project's client and
// simulator were written.
//
// Run never calls the bank's production hosts, and calls another machine only if [Target.Remote]
// is set.
package conformance
