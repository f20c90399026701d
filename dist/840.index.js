export const id=840;export const ids=[840];export const modules={9840:(e,t,r)=>{r.r(t),r.d(t,{ClientAssertionCredential:()=>n.XI,ClientSecretCredential:()=>n.HC});var n=r(5563)}};
