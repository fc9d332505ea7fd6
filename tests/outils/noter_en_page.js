// Note et lit des passations avec les scripts de la page, hors d’un navigateur : un JSON entre, un autre sort.
"use strict";
const { readFileSync } = require("node:fs");
const { runInThisContext } = require("node:vm");

const { scripts, restitution, passations } = JSON.parse(readFileSync(0, "utf8"));
runInThisContext(scripts.join("\n") + "\n;globalThis.lireUne = (r, p) => lireLaPassation(r, p);");
const lues = passations.map(({ valeurs, sans_objet, moment }) => lireUne(restitution, {
  valeurs: new Map(Object.entries(valeurs)), sansObjet: new Set(sans_objet), moment,
}));
const commeCpit = ({ region, etat, lecture, ...note }) => ({
  ...note, etat,
  region: region.presente && note.position ? [region.xx, region.xy, region.yy, region.rayon2] : null,
  lecture: { ...lecture, ...Object.fromEntries(["appuis", "fragiles"].map((cote) => [cote, lecture[cote].map((r) => [r.code, r.valeur, r.constat, r.pas])])) },
});
process.stdout.write(JSON.stringify(lues.map(commeCpit)));
