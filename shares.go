package main

import "github.com/resident-graph/resident-graph/resident"

// buildShares says what residents may share and which cards they may compose.
func (p *parts) buildShares() {
	c := p.cfg.Shares
	p.service.Shares = resident.ShareRules{ConsentVersion: c.ConsentVersion, ConsentTemplate: c.ConsentTemplate,
		EncryptionKey: string(p.cfg.Cards.ShareEncryptionKey), GiveUpAfter: c.GiveUpAfter, HandedOverAfter: c.HandedOverAfter}
	p.service.Personalized = resident.PersonalizedCardRules{Least: p.cfg.Personalized.Least, Password: p.cfg.Personalized.Password}
}
