# Deux mesures des mêmes personnes : les jeux, en tables, et ce que R en tire, une ligne « clé<TAB>valeur » chacune.
suppressMessages(suppressWarnings({library(psych); library(psychTools)}))
dossier <- commandArgs(trailingOnly = TRUE)[1]
dire <- function(cle, valeur) cat(paste0(cle, "\t", sprintf("%.17g", as.numeric(valeur)), "\n"), sep = "")
deux_fois <- function(donnees, items) {
  une <- subset(donnees, time == 1)
  deux <- subset(donnees, time == 2)
  rang <- match(paste(une$study, une$id), paste(deux$study, deux$id))
  na.omit(data.frame(un = rowMeans(une[, items]), deux = rowMeans(deux[rang, items])))
}
anxiete <- c("tense", "regretful", "upset", "worrying", "anxious", "nervous", "jittery", "high.strung", "worried", "rattled")
jeux <- list(
  sommeil = data.frame(un = sleep$extra[sleep$group == 1], deux = sleep$extra[sleep$group == 2]),
  anxiete = deux_fois(sai, anxiete),
  hostilite = deux_fois(msqR, c("angry", "hostile", "scornful", "irritable")),
  joie = deux_fois(msqR, c("happy", "pleased", "content", "cheerful")),
  tristesse = deux_fois(msqR, c("sad", "blue", "lonely", "alone"))
)
for (nom in names(jeux)) {
  jeu <- jeux[[nom]]
  write.table(jeu, file.path(dossier, paste0(nom, ".tsv")), row.names = FALSE, col.names = FALSE, sep = "\t")
  essai <- t.test(jeu$deux, jeu$un, paired = TRUE)
  differences <- jeu$deux - jeu$un
  dire(paste0(nom, ".n"), nrow(jeu))
  dire(paste0(nom, ".difference"), essai$estimate)
  dire(paste0(nom, ".bas"), essai$conf.int[1])
  dire(paste0(nom, ".haut"), essai$conf.int[2])
  dire(paste0(nom, ".ecart_type"), sd(differences))
  # d_z de psych : t2d, d’un t à une série, n1 personnes.
  dire(paste0(nom, ".d_z"), t2d(essai$statistic, n1 = nrow(jeu)))
  dire(paste0(nom, ".d_av"), mean(differences) / mean(c(sd(jeu$un), sd(jeu$deux))))
  dire(paste0(nom, ".limite_basse"), mean(differences) - 1.96 * sd(differences))
  dire(paste0(nom, ".limite_haute"), mean(differences) + 1.96 * sd(differences))
}
