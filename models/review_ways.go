package models

import (
	"maps"
	"slices"
)

// ReviewWay is a way out of a review item.
type ReviewWay string

// The ways out. All but the first two change something, and by that the item is resolved.
const (
	WayClose       ReviewWay = "close" // with a reason only
	WayAsk         ReviewWay = "ask"   // ask the bank now; the item closes by itself if the answer settles it
	WayAccept      ReviewWay = "take"  // take the bank's word
	WayRefund      ReviewWay = "refund"
	WayFulfil      ReviewWay = "fulfil" // all the same
	WayCapture     ReviewWay = "capture"
	WayRelease     ReviewWay = "release"
	WayRetryRefund ReviewWay = "retry_refund"
	WayMail        ReviewWay = "mail" // send the mail again, to a corrected address
	WayForgetCard  ReviewWay = "forget_card"
	WayByHand      ReviewWay = "by_hand" // staff have refunded it by hand: that is booked
	WayGiveUp      ReviewWay = "give_up" // the bank captured nothing: the attempt ends
)

// MovesMoney reports whether the way moves money, for which a manager gives a fresh proof.
func (w ReviewWay) MovesMoney() bool {
	return slices.Contains([]ReviewWay{WayAccept, WayRefund, WayCapture, WayRelease, WayRetryRefund, WayByHand}, w)
}

// reviewWays lists for every kind of item the ways out of it, the best first. Which of them
// fit now is decided by Fits. Every kind can be closed with a reason.
var reviewWays = map[ReviewKind][]ReviewWay{
	ReviewUnknownStatus:    {WayAsk},
	ReviewUnknownAtBank:    {WayAsk},
	ReviewChargeUnknown:    {WayAsk, WayGiveUp},
	ReviewUndecided:        {WayAsk, WayRelease, WayGiveUp},
	ReviewRefundRejected:   {WayRetryRefund, WayAsk},
	ReviewRefundUndecided:  {WayAsk},
	ReviewCaptureRejected:  {WayAsk, WayCapture, WayRelease},
	ReviewCaptureUndecided: {WayAsk},
	ReviewHoldExpiring:     {WayCapture, WayRelease, WayAsk},
	ReviewPaidTooLate:      {WayAsk},
	ReviewSecondPayment:    {WayRefund, WayAsk},
	ReviewCardNotForgotten: {WayForgetCard},
	ReviewNoAccess:         {WayAsk},
	ReviewReturnOverdue:    {},
	ReviewRefundByHand:     {WayByHand, WayAsk},
	ReviewMethodOff:        {},
	ReviewSplitRejected:    {WayAsk},

	ReviewMismatch:        {WayAccept, WayRefund, WayAsk},
	ReviewPaidAfterCancel: {WayFulfil, WayRefund, WayAsk},
	ReviewUnknownOrder:    {WayAsk},
	ReviewMailNotSent:     {WayMail},
	ReviewCardKind:        {WayForgetCard},
	ReviewReconciliation:  {WayAsk, WayAccept},
}

// ReviewKinds lists all kinds of review items.
func ReviewKinds() []ReviewKind { return slices.Sorted(maps.Keys(reviewWays)) }
