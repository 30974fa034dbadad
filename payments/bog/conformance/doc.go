// Package conformance examines a bank that speaks the Bank of Georgia's Online
// Payment API: our simulator, the bank's own sandbox, or anything else that
// claims to be one. The same assertions run against all of them.
//
//	report, err := conformance.Run(ctx, conformance.Target{Name: "simulator", Config: config, Payer: conformance.FormPayer{}})
//	report.WriteText(os.Stdout)
//
// A check of documented behaviour passes or fails. Where the documents are
// silent, or one source stands alone, the check records what the target did,
// beside our reading of it when there is one; see [Outcome]. A part that cannot be
// examined is skipped with its reason, never passed in silence.
//
// The section of a check is that of bog-api.md, the working reference which
// this repository's client and simulator were written from.
//
// Run never talks to the real bank's production hosts, and to no other machine
// at all unless [Target.Remote] says so.
package conformance
