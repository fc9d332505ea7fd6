"use strict";
// De quoi écrire la passation, sans toucher à la page : nettoyage, nom de fichier, somme de contrôle, date. Joint devant
// formulaire.js.

const FINE = "\u202f";
const INVISIBLES = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Ôte ce qui ne s’imprime pas, comme cpit.typographie.nettoyer ; les fins de ligne restent si on les garde. */
function nettoyer(texte, garderLignes) {
  const lignes = texte.replace(/\r\n?/g, "\n");
  if (!garderLignes) return lignes.replace(/[\n\t]/g, " ").replace(INVISIBLES, "");
  return lignes.replace(INVISIBLES, (c) => (c === "\n" || c === "\t" ? c : ""));
}

/** Morceau de nom de fichier sûr partout, comme celui de cpit.passations.sauvegarde : ASCII, chiffres, tirets, 40 signes. */
function slug(texte) {
  const ascii = texte.normalize("NFKD").replace(/[^\0-\x7f]/g, "").toLowerCase();
  return ascii.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "");
}

function nomDeFichier(identifiant, moment, regard, evaluateur = "") {
  return ["passation", slug(identifiant), moment, regard, slug(evaluateur)].filter(Boolean).join("-") + ".json";
}

/** Ordre des points de code, celui de Python ; celui de JavaScript compare des demi-codets. */
function comparer(a, b) {
  const x = Array.from(a, (c) => c.codePointAt(0));
  const y = Array.from(b, (c) => c.codePointAt(0));
  const ici = x.findIndex((code, rang) => code !== y[rang]);
  if (ici < 0) return x.length - y.length;
  return ici < y.length ? x[ici] - y[ici] : 1;
}

/** JSON canonique : clés triées à toute profondeur, sans espace. */
function canonique(valeur) {
  if (Array.isArray(valeur)) return "[" + valeur.map(canonique).join(",") + "]";
  if (valeur === null || typeof valeur !== "object") return JSON.stringify(valeur);
  const paires = Object.keys(valeur).sort(comparer).map((cle) => JSON.stringify(cle) + ":" + canonique(valeur[cle]));
  return "{" + paires.join(",") + "}";
}

/** Parties fractionnaires des racines des nombres premiers, sur 32 bits : les constantes de SHA-256 (FIPS 180-4). */
function constantes(nombre, racine) {
  const trouvees = [];
  for (let n = 2; trouvees.length < nombre; n += 1) {
    let premier = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) premier = false;
    if (premier) trouvees.push(((racine(n) % 1) * 2 ** 32) | 0);
  }
  return trouvees;
}

/** Les octets, puis 1, des zéros et la longueur en bits, jusqu’à un multiple de 64 octets. */
function completer(octets) {
  const complets = new Uint8Array(((octets.length + 72) >> 6) << 6);
  complets.set(octets);
  complets[octets.length] = 0x80;
  const vue = new DataView(complets.buffer);
  vue.setUint32(complets.length - 8, Math.floor(octets.length / 2 ** 29));
  vue.setUint32(complets.length - 4, (octets.length << 3) >>> 0);
  return vue;
}

function tourner(x, n) {
  return (x >>> n) | (x << (32 - n));
}

/** Les 64 mots d’un bloc de 64 octets. */
function mots(vue, debut) {
  const w = new Int32Array(64);
  for (let i = 0; i < 16; i += 1) w[i] = vue.getInt32(debut + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const s0 = tourner(w[i - 15], 7) ^ tourner(w[i - 15], 18) ^ (w[i - 15] >>> 3);
    const s1 = tourner(w[i - 2], 17) ^ tourner(w[i - 2], 19) ^ (w[i - 2] >>> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  return w;
}

/** SHA-256 hexadécimal, pour les navigateurs qui réservent crypto.subtle aux pages servies en HTTPS. */
function sha256Local(octets) {
  const k = constantes(64, Math.cbrt);
  const somme = constantes(8, Math.sqrt);
  const vue = completer(octets);
  for (let debut = 0; debut < vue.byteLength; debut += 64) {
    const w = mots(vue, debut);
    let [a, b, c, d, e, f, g, h] = somme;
    for (let i = 0; i < 64; i += 1) {
      const s1 = tourner(e, 6) ^ tourner(e, 11) ^ tourner(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = tourner(a, 2) ^ tourner(a, 13) ^ tourner(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((mot, rang) => { somme[rang] = (somme[rang] + mot) | 0; });
  }
  return somme.map((mot) => (mot >>> 0).toString(16).padStart(8, "0")).join("");
}

async function sha256(octets) {
  if (!globalThis.crypto || !crypto.subtle) return sha256Local(octets);
  const empreinte = await crypto.subtle.digest("SHA-256", octets);
  return Array.from(new Uint8Array(empreinte), (o) => o.toString(16).padStart(2, "0")).join("");
}

function sommeDeControle(document_) {
  return sha256(new TextEncoder().encode(canonique(document_)));
}

/** L’instant en ISO 8601, à la seconde, avec le décalage horaire de l’appareil : 2026-09-14T10:05:00+02:00. */
function instant(date) {
  const deux = (n) => String(n).padStart(2, "0");
  const decalage = -date.getTimezoneOffset();
  const [heures, minutes] = [Math.floor(Math.abs(decalage) / 60), Math.abs(decalage) % 60];
  const jour = `${date.getFullYear()}-${deux(date.getMonth() + 1)}-${deux(date.getDate())}`;
  const heure = `${deux(date.getHours())}:${deux(date.getMinutes())}:${deux(date.getSeconds())}`;
  return `${jour}T${heure}${decalage < 0 ? "-" : "+"}${deux(heures)}:${deux(minutes)}`;
}

function pluriel(nombre, nom) {
  return `${nombre} ${nom}${nombre > 1 ? "s" : ""}`;
}

/** Entier à la française, comme cpit.typographie.grouper. */
function grouper(entier) {
  return String(entier).replace(/\B(?=(\d{3})+$)/g, FINE);
}
