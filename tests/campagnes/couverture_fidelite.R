# De vraies échelles de psychTools, en tables : une ligne par personne, complète, un item par colonne.
suppressMessages(suppressWarnings({library(psych); library(psychTools)}))
dossier <- commandArgs(trailingOnly = TRUE)[1]
lesquelles <- commandArgs(trailingOnly = TRUE)[2]
ecrire <- function(nom, x) write.table(na.omit(x), file.path(dossier, paste0(nom, ".tsv")),
                                       row.names = FALSE, col.names = FALSE, sep = "\t")
cles <- function(donnees, noms, somme) {
  codes <- sub("-", "", noms)
  x <- donnees[, codes]
  for (i in grep("-", noms, fixed = TRUE)) x[, i] <- somme - x[, i]
  x
}
if (lesquelles == "autres") {
  ecrire("inquietude", tai[, c("worry", "disturbing.thoughts", "thoughts.bother", "disappointments")])
  ecrire("echec", tai[, c("failure", "inadequate", "lack.self.confidence", "not.satisfied", "wish.happy")])
  ecrire("contentement", tai[, c("pleasant", "happy")])
  ecrire("feminite", Athenstaedt[, Athenstaedt.keys$F10])
  ecrire("masculinite", Athenstaedt[, Athenstaedt.keys$M5])
  ecrire("lettres", ability[, ability.keys$letters])
  ecrire("rotations", ability[, ability.keys$rotate])
  ecrire("conscience", cles(big5.100.adjectives, big5.adjectives.keys$Conscientiousness, 10))
  premier <- subset(epiR, time == 1)
  second <- subset(epiR, time == 2)
  rang <- match(paste(premier$study, premier$id), paste(second$study, second$id))
  for (nom in c("L", "Imp")) {
    scores <- lapply(list(premier, second[rang, ]), function(x) rowMeans(cles(x, epi.keys[[nom]], 3)))
    ecrire(paste0("deux-epi", nom), do.call(data.frame, unname(scores)))
  }
  quit()
}
affects <- list(hostilite = c("angry", "hostile", "scornful", "irritable"), tristesse = c("sad", "blue", "lonely", "alone"),
                culpabilite = c("guilty", "ashamed"), peur = c("afraid", "scared", "nervous", "jittery"))
anxiete <- c("tense", "regretful", "upset", "worrying", "anxious", "nervous", "jittery", "high.strung", "worried", "rattled")
for (nom in names(affects)) ecrire(nom, subset(msqR, time == 1)[, affects[[nom]]])
ecrire("anxiete", subset(sai, time == 1)[, anxiete])
ecrire("honnetete", cles(spi, spi.keys$Honesty, 7))
ecrire("compassion", cles(spi, spi.keys$Compassion, 7))
ecrire("mensonge", cles(epi, epi.keys$L, 3))
ecrire("agreabilite", cles(bfi, c("-A1", "A2", "A3", "A4", "A5"), 7))
# Les mêmes personnes deux fois : la moyenne des items, au premier puis au deuxième moment.
deux_fois <- function(donnees, items) {
  une <- subset(donnees, time == 1)
  deux <- subset(donnees, time == 2)
  rang <- match(paste(une$study, une$id), paste(deux$study, deux$id))
  data.frame(rowMeans(une[, items]), rowMeans(deux[rang, items]))
}
ecrire("deux-hostilite", deux_fois(msqR, affects$hostilite))
ecrire("deux-tristesse", deux_fois(msqR, affects$tristesse))
ecrire("deux-joie", deux_fois(msqR, c("happy", "pleased", "content", "cheerful")))
ecrire("deux-anxiete", deux_fois(sai, anxiete))
