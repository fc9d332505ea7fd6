# Les statistiques de référence, calculées par R et psych sur des jeux publics ; une ligne « clé<TAB>valeur » chacune.
suppressMessages(suppressWarnings(library(psych)))
arguments <- commandArgs(trailingOnly = TRUE)
sortie <- file(arguments[2], "w")
dire <- function(cle, valeur) {
  texte <- if (is.numeric(valeur)) sprintf("%.17g", as.numeric(valeur)) else as.character(valeur)
  cat(paste0(cle, "\t", texte, "\n"), file = sortie, sep = "")
}
dire("R", R.version.string)
dire("psych", as.character(packageVersion("psych")))

charge <- suppressWarnings(tryCatch(data(bfi, package = "psychTools"), error = function(e) character()))
if (!exists("bfi")) data(bfi, package = "psych")
items <- bfi[, 1:25]
write.csv(cbind(identifiant = paste0("P", seq_len(nrow(items))), moment = "t0", items), arguments[1], row.names = FALSE)

cles <- list(
  agreabilite = c("-A1", "A2", "A3", "A4", "A5"), conscience = c("C1", "C2", "C3", "-C4", "-C5"),
  extraversion = c("-E1", "-E2", "E3", "E4", "E5"), nevrosisme = c("N1", "N2", "N3", "N4", "N5"),
  ouverture = c("O1", "-O2", "O3", "O4", "-O5")
)
notes <- suppressWarnings(scoreItems(cles, items, impute = "none", min = 1, max = 6))$scores
write.table(notes, paste0(arguments[1], ".notes"), row.names = FALSE, sep = "\t", na = "NA", quote = FALSE)

retenus <- items
for (code in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) retenus[[code]] <- 7 - retenus[[code]]
for (echelle in names(cles)) {
  codes <- sub("-", "", cles[[echelle]])
  complets <- na.omit(retenus[, codes])
  a <- alpha(complets)
  o <- suppressMessages(suppressWarnings(omega(complets, nfactors = 1, plot = FALSE)))
  dire(paste0(echelle, ".n"), nrow(complets))
  dire(paste0(echelle, ".alpha"), a$total$raw_alpha)
  dire(paste0(echelle, ".alpha_bas"), a$feldt$lower.ci[[1]])
  dire(paste0(echelle, ".alpha_haut"), a$feldt$upper.ci[[1]])
  dire(paste0(echelle, ".alpha_par_paires"), alpha(retenus[, codes])$total$raw_alpha)
  dire(paste0(echelle, ".omega"), o$omega.tot)
  par_paires <- suppressMessages(suppressWarnings(omega(retenus[, codes], nfactors = 1, plot = FALSE, flip = FALSE)))
  dire(paste0(echelle, ".omega_par_paires"), par_paires$omega.tot)
  f <- suppressMessages(suppressWarnings(fa(complets, nfactors = 1, fm = "minres")))
  dire(paste0(echelle, ".rmsea"), f$RMSEA[[1]])
  residus <- f$residual[lower.tri(f$residual)]
  dire(paste0(echelle, ".srmr"), sqrt(sum(residus^2) / (length(codes) * (length(codes) + 1) / 2)))
  for (code in codes) dire(paste0(echelle, ".", code, ".saturation"), abs(f$loadings[code, 1]))
  dire(paste0(echelle, ".correlation_moyenne"), a$total$average_r)
  erreur <- sd(rowMeans(complets)) * sqrt(1 - a$total$raw_alpha)
  libertes <- (nrow(complets) - 1) * (length(codes) - 1)
  dire(paste0(echelle, ".erreur_type"), erreur)
  dire(paste0(echelle, ".erreur_type_bas"), erreur * sqrt(libertes / qchisq(0.975, libertes)))
  dire(paste0(echelle, ".erreur_type_haut"), erreur * sqrt(libertes / qchisq(0.025, libertes)))
  for (code in codes) {
    dire(paste0(echelle, ".", code, ".alpha_sans"), a$alpha.drop[code, "raw_alpha"])
    dire(paste0(echelle, ".", code, ".correlation_reste"), a$item.stats[code, "r.drop"])
  }
  d <- describe(notes[, echelle], type = 2)
  dire(paste0(echelle, ".moyenne"), d$mean)
  dire(paste0(echelle, ".ecart_type"), d$sd)
  dire(paste0(echelle, ".asymetrie"), d$skew)
  bornes <- t.test(notes[, echelle])$conf.int
  dire(paste0(echelle, ".moyenne_bas"), bornes[1])
  dire(paste0(echelle, ".moyenne_haut"), bornes[2])
  hauts <- sum(notes[, echelle] > 6 - 1e-9, na.rm = TRUE)
  bornes <- prop.test(hauts, sum(!is.na(notes[, echelle])), correct = FALSE)$conf.int
  dire(paste0(echelle, ".plafond"), hauts / sum(!is.na(notes[, echelle])))
  dire(paste0(echelle, ".plafond_bas"), bornes[1])
  dire(paste0(echelle, ".plafond_haut"), bornes[2])
  for (autre in names(cles)) if (autre > echelle) {
    essai <- cor.test(notes[, echelle], notes[, autre])
    dire(paste0(echelle, ".", autre, ".correlation"), essai$estimate)
    dire(paste0(echelle, ".", autre, ".correlation_bas"), essai$conf.int[1])
    dire(paste0(echelle, ".", autre, ".correlation_haut"), essai$conf.int[2])
  }
  dire(paste0(echelle, ".", codes[1], ".moyenne"), mean(retenus[[codes[1]]], na.rm = TRUE))
}

deux <- list(
  attitude_1_2 = attitude[, c("rating", "complaints")], attitude_3_4 = attitude[, c("privileges", "learning")],
  sommeil = data.frame(a = sleep$extra[1:10], b = sleep$extra[11:20]), deux_notes = as.data.frame(notes[1:400, 1:2])
)
for (nom in names(deux)) {
  x <- na.omit(deux[[nom]])
  r <- ICC(x, lmer = FALSE)$results["Single_random_raters", ]
  dire(paste0(nom, ".icc"), r$ICC)
  dire(paste0(nom, ".icc_bas"), r[["lower bound"]])
  dire(paste0(nom, ".icc_haut"), r[["upper bound"]])
  dire(paste0(nom, ".ecart_type_des_ecarts"), sd(x[, 2] - x[, 1]))
  essai <- t.test(x[, 2], x[, 1], paired = TRUE)
  dire(paste0(nom, ".ecart_moyen"), essai$estimate)
  dire(paste0(nom, ".ecart_moyen_bas"), essai$conf.int[1])
  dire(paste0(nom, ".ecart_moyen_haut"), essai$conf.int[2])
  write.table(x, paste0(arguments[1], ".", nom), row.names = FALSE, col.names = FALSE, sep = "\t")
}

essai_alpha <- alpha(attitude)
dire("attitude.alpha", essai_alpha$total$raw_alpha)
dire("attitude.alpha_bas", essai_alpha$feldt$lower.ci[[1]])
dire("attitude.alpha_haut", essai_alpha$feldt$upper.ci[[1]])
dire("attitude.omega", suppressMessages(suppressWarnings(omega(attitude, nfactors = 1, plot = FALSE)))$omega.tot)
dire("attitude.alpha_item_fige", suppressMessages(suppressWarnings(alpha(cbind(attitude, fige = 3))))$total$raw_alpha)
contraires <- attitude
contraires$critical <- 100 - contraires$critical
sens <- function(flip) suppressMessages(suppressWarnings(omega(contraires, 1, plot = FALSE, flip = flip)))$omega.tot
dire("contraires.omega_sans_retourner", sens(FALSE))
dire("contraires.omega_retourne", sens(TRUE))
write.table(contraires, paste0(arguments[1], ".contraires"), row.names = FALSE, col.names = FALSE, sep = "\t")
write.table(attitude, paste0(arguments[1], ".attitude"), row.names = FALSE, col.names = FALSE, sep = "\t")
close(sortie)
